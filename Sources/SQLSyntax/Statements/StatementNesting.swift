/// How deep inside a statement the scan is, so that a semicolon that does not end it is told apart.
///
/// Two things hide semicolons besides quotes: parentheses (`CREATE RULE ... DO (a; b)`) and the SQL-standard
/// body of a routine (`BEGIN ATOMIC ... END`). Every statement of a body ends with a semicolon, so the `END` that
/// closes it stands behind one, or behind `ATOMIC`; the `END` of a `CASE` and a column labelled `end` never do.
struct StatementNesting {
    private enum Head {
        case start, create, createOr, createOrReplace, routine, other
    }

    /// What stood before a token, as far as it opens or closes a body.
    private enum Previous {
        case begin, statementStart, other
    }

    private var parentheses = 0
    private var isInBody = false
    private var head = Head.start
    private var previous = Previous.other

    var isTopLevel: Bool { parentheses == 0 && !isInBody }

    mutating func take(_ token: Token, in bytes: [UInt8]) {
        var now = Previous.other
        switch token.kind {
        case .openParenthesis: parentheses += 1
        case .closeParenthesis: parentheses = max(0, parentheses - 1)
        case .semicolon: now = .statementStart
        case .word: now = takeWord(token, in: bytes)
        default: break
        }
        previous = now
        if head == .start { head = .other }
    }

    private mutating func takeWord(_ token: Token, in bytes: [UInt8]) -> Previous {
        if head == .routine { return takeRoutineWord(token, in: bytes) }
        if head != .other { head = nextHead(token, in: bytes) }
        return .other
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

    /// Inside parentheses `begin atomic` is a parameter and its type.
    private mutating func takeRoutineWord(_ token: Token, in bytes: [UInt8]) -> Previous {
        guard parentheses == 0 else { return .other }
        if isInBody {
            if previous == .statementStart, bytes.isKeyword(token, "END") { isInBody = false }
        } else if previous == .begin, bytes.isKeyword(token, "ATOMIC") {
            isInBody = true
            return .statementStart
        } else if bytes.isKeyword(token, "BEGIN") {
            return .begin
        }
        return .other
    }
}
