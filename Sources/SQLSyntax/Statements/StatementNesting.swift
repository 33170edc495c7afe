/// How deep inside a statement the scan is, so that a semicolon that does not end it is told apart.
///
/// Three things hide semicolons besides quotes: parentheses (`CREATE RULE ... DO (a; b)`), the SQL-standard
/// body of a routine (`BEGIN ATOMIC ... END`), and `CASE ... END` inside such a body, whose `END` must not
/// close it.
struct StatementNesting {
    private enum Head {
        case start, create, createOr, createOrReplace, routine, other
    }

    private(set) var parentheses = 0
    private(set) var bodies = 0
    private var head = Head.start
    private var previousWasBegin = false
    private var previousMakesLabel = false

    var isTopLevel: Bool { parentheses == 0 && bodies == 0 }

    mutating func take(_ token: Token, in bytes: [UInt8]) {
        switch token.kind {
        case .openParenthesis: parentheses += 1
        case .closeParenthesis: parentheses = max(0, parentheses - 1)
        case .word: takeWord(token, in: bytes)
        default: break
        }
        previousMakesLabel = token.kind == .dot || bodies > 0 && bytes.isKeyword(token, "AS")
        if head == .start { head = .other }
    }

    private mutating func takeWord(_ token: Token, in bytes: [UInt8]) {
        if head == .routine {
            takeRoutineWord(token, in: bytes)
        } else if head != .other {
            head = nextHead(token, in: bytes)
        }
    }

    private func nextHead(_ token: Token, in bytes: [UInt8]) -> Head {
        switch head {
        case .start where bytes.isKeyword(token, "CREATE"): .create
        case .create where bytes.isKeyword(token, "OR"): .createOr
        case .createOr where bytes.isKeyword(token, "REPLACE"): .createOrReplace
        case .create, .createOrReplace:
            bytes.isKeyword(token, "FUNCTION") || bytes.isKeyword(token, "PROCEDURE") ? .routine : .other
        default: .other
        }
    }

    /// In a body `CASE` and `END` count, unless they are labels: `AS end`, `row.case`.
    private mutating func takeRoutineWord(_ token: Token, in bytes: [UInt8]) {
        defer { previousWasBegin = bytes.isKeyword(token, "BEGIN") }
        if bodies == 0 {
            if previousWasBegin, bytes.isKeyword(token, "ATOMIC") { bodies = 1 }
        } else if !previousMakesLabel {
            if bytes.isKeyword(token, "CASE") { bodies += 1 }
            if bytes.isKeyword(token, "END") { bodies -= 1 }
        }
    }
}
