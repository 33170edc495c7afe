/// Text that is to stand inside of a statement, looked at by itself.
///
/// What is pasted into a statement must be what it is taken for: a condition that closes a parenthesis it did not open would
/// change the statement around it.
public enum SQLFragment {
    /// Makes sure that a text is one expression, whatever comments, quotes and parentheses it holds.
    ///
    /// - Throws: ``FragmentError`` with the place.
    public static func checkCondition(_ text: String) throws(FragmentError) {
        let tokens = try tokens(of: text, "a condition")
        for index in 0..<tokens.count where tokens.depths[index] == 0 {
            if tokens.kind(index) == .comma {
                throw tokens.failure(
                    index,
                    "a comma stands here: write one condition, with AND or OR between its parts"
                )
            }
        }
    }

    /// Makes sure that a text is one query that writes nothing: SELECT, WITH ... SELECT, VALUES or TABLE.
    ///
    /// - Throws: ``FragmentError`` with the place.
    public static func checkQuery(_ text: String) throws(FragmentError) {
        let tokens = try tokens(of: text, "a query", closing: true)
        let with: WithList?
        do {
            with = try WithList(tokens, at: 0)
        } catch {
            throw FragmentError(message: error.message, location: error.location)
        }
        var starts = [with?.end ?? 0]
        for table in with?.tables ?? [] { starts.append(table.body.lowerBound) }
        for start in starts {
            var first = start
            while tokens.kind(first) == .openParenthesis { first += 1 }
            let isQuery = (["SELECT", "VALUES", "TABLE", "WITH"] as [StaticString]).contains {
                tokens.isKeyword(first, $0)
            }
            guard isQuery else {
                throw tokens.failure(
                    first,
                    "expected SELECT, found \(tokens.text(first)): write one query that only reads"
                )
            }
        }
    }

    /// The tokens of a text whose parentheses are closed, without parameters and further statements.
    private static func tokens(
        of text: String,
        _ what: String,
        closing mayEnd: Bool = false
    ) throws(FragmentError) -> SignificantTokens {
        let bytes = Array(text.utf8)
        let tokens: SignificantTokens
        do {
            if !mayEnd { try refuseSemicolons(bytes) }
            tokens = try SignificantTokens(bytes)
            try tokens.refuseParameters()
        } catch ShapeError.empty {
            throw FragmentError(message: "there is nothing here: write \(what)", location: nil)
        } catch ShapeError.severalStatements(let location) {
            throw FragmentError(
                message: "something else begins here: write \(what) and nothing behind it",
                location: location
            )
        } catch let error as ShapeError {
            throw FragmentError(message: error.message, location: error.location)
        } catch {
            throw FragmentError(message: "\(error)", location: nil)
        }
        try checkParentheses(tokens)
        return tokens
    }

    private static func refuseSemicolons(_ bytes: [UInt8]) throws {
        var lexer = Lexer(bytes)
        do {
            while let token = try lexer.next() {
                guard token.kind == .semicolon else { continue }
                throw ShapeError.severalStatements(SourceLocation(offset: token.range.lowerBound, in: bytes))
            }
        } catch let error as LexicalError {
            throw ShapeError.lexical(error)
        }
    }

    private static func checkParentheses(_ tokens: SignificantTokens) throws(FragmentError) {
        var open: [Int] = []
        for index in 0..<tokens.count {
            switch tokens.kind(index) {
            case .openParenthesis, .openBracket: open.append(index)
            case .closeParenthesis, .closeBracket:
                let wanted: Token.Kind =
                    tokens.kind(index) == .closeParenthesis ? .openParenthesis : .openBracket
                guard let last = open.popLast(), tokens.kind(last) == wanted else {
                    throw tokens.failure(
                        index,
                        "the \(tokens.text(index)) here closes nothing: remove it, or open it before"
                    )
                }
            default: break
            }
        }
        if let last = open.last {
            throw tokens.failure(last, "the \(tokens.text(last)) here is never closed: close it")
        }
    }
}

/// Why a text cannot stand inside of a statement.
public struct FragmentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong and what to write.
    public let message: String
    /// Where, unless there is no text.
    public let location: SourceLocation?

    /// Line, column and reason.
    public var description: String { location.map { "\($0): \(message)" } ?? message }
}

extension SignificantTokens {
    fileprivate func failure(_ index: Int, _ message: String) -> FragmentError {
        FragmentError(message: message, location: location(index))
    }
}
