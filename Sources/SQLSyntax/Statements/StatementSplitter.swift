/// Cuts a script into its statements.
///
/// It knows what hides a semicolon (quotes, comments, parentheses, `BEGIN ATOMIC` bodies) and keeps the data
/// lines of `COPY ... FROM STDIN` with their statement. psql's backslash commands are not SQL and are refused.
/// Empty statements are dropped, and the last semicolon may be missing.
public struct StatementSplitter {
    private var lexer: Lexer
    private let bytes: [UInt8]
    private let begin: Int
    private let end: Int

    private var script = Script()

    private var nesting = StatementNesting()
    private var psql = PsqlSyntax()
    private var strings = ConformingStrings()
    private var copy = CopyDetector()
    private var start: Int?
    private var startLine = 1
    private var lastEnd = 0

    private var line = 1
    private var countedTo = 0

    private init(_ bytes: [UInt8], in range: Range<Int>?) {
        self.lexer = Lexer(bytes, in: range)
        self.bytes = bytes
        begin = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
    }

    /// The statements of a script, or of a part of it; ranges and lines count from the script's start.
    /// - Throws: `LexicalError` for a construct that is never closed.
    public static func split(
        _ bytes: [UInt8],
        in range: Range<Int>? = nil
    ) throws(LexicalError) -> [Statement] {
        try scan(bytes, in: range).statements
    }

    /// The statements together with all comments outside of quotes and COPY data.
    /// - Throws: `LexicalError` for a construct that is never closed.
    public static func scan(
        _ bytes: [UInt8],
        in range: Range<Int>? = nil
    ) throws(LexicalError) -> Script {
        var splitter = StatementSplitter(bytes, in: range)
        while let token = try splitter.lexer.next() {
            try splitter.take(token)
        }
        try splitter.finish(terminated: false)
        return splitter.script
    }

    /// Tells each statement as it is found, so that those of a big script are never held together.
    static func forEach(
        _ bytes: [UInt8],
        in range: Range<Int>?,
        _ body: (Statement) throws(LexicalError) -> Void
    ) throws(LexicalError) {
        var splitter = StatementSplitter(bytes, in: range)
        while let token = try splitter.lexer.next() {
            try splitter.take(token)
            if let found = splitter.script.statements.popLast() { try body(found) }
        }
        try splitter.finish(terminated: false)
        if let found = splitter.script.statements.popLast() { try body(found) }
    }

    private mutating func take(_ token: Token) throws(LexicalError) {
        switch token.kind {
        case .whitespace: return
        case .lineComment, .blockComment: note(token)
        case .semicolon where nesting.isTopLevel: try finish(terminated: true)
        default: try extend(by: token)
        }
    }

    private mutating func extend(by token: Token) throws(LexicalError) {
        try strings.check(token, in: bytes)
        try psql.take(token, in: bytes)
        strings.take(token, in: bytes)
        if token.kind == .other, script.templateLine == nil, isTemplate(token) {
            script.templateLine = lineNumber(at: token.range.lowerBound)
        }
        if start == nil {
            start = token.range.lowerBound
            startLine = lineNumber(at: token.range.lowerBound)
        }
        nesting.take(token, in: bytes)
        copy.take(token, isTopLevel: nesting.isTopLevel, in: bytes)
        lastEnd = token.range.upperBound
    }

    private mutating func finish(terminated: Bool) throws(LexicalError) {
        defer {
            start = nil
            nesting = StatementNesting()
            copy = CopyDetector()
            psql = PsqlSyntax()
            strings.finish()
        }
        guard let start else { return }
        let range = start..<lastEnd
        let data = copy.isCopyFromStdin ? try takeCopyData(of: range, terminated: terminated) : nil
        makeRoom(at: range.upperBound)
        script.statements.append(
            Statement(
                script: bytes,
                range: range,
                line: startLine,
                kind: data == nil ? TransactionRules.classify(bytes, in: range) : .copyFromStdin,
                copyData: data
            )
        )
    }

    /// For as many as there will be if the script goes on as it has begun. A list that doubles is three times as big for a moment,
    /// which was 25 MB of the 200 that a file of 60 MB took.
    private mutating func makeRoom(at place: Int) {
        let count = script.statements.count
        guard count >= 1024, count == script.statements.capacity else { return }
        let expected = Double(count) * Double(end - begin) / Double(max(place - begin, 1))
        script.statements.reserveCapacity(max(Int(expected * 1.05), count + count / 4))
    }

    private mutating func takeCopyData(
        of range: Range<Int>,
        terminated: Bool
    ) throws(LexicalError) -> Range<Int> {
        guard terminated else { throw LexicalError(.unterminatedCopyData, at: range.lowerBound, in: bytes) }
        let found = try CopyData(bytes, after: lexer.offset, end: end, statement: range.lowerBound)
        lexer.jump(to: found.next)
        return found.range
    }

    private mutating func note(_ token: Token) {
        let place: ScriptComment.Place =
            if start == nil {
                .betweenStatements
            } else {
                nesting.isTopLevel ? .insideStatement(line: startLine) : .nested(line: startLine)
            }
        script.comments.append(
            ScriptComment(
                range: token.range,
                line: lineNumber(at: token.range.lowerBound),
                startsLine: startsLine(token.range.lowerBound),
                isBlock: token.kind == .blockComment,
                place: place
            )
        )
    }

    private func isTemplate(_ token: Token) -> Bool {
        let brace = UInt8(ascii: "{")
        guard bytes[token.range.lowerBound] == brace, token.range.upperBound < end else { return false }
        return [brace, UInt8(ascii: "%")].contains(bytes[token.range.upperBound])
    }

    private func startsLine(_ offset: Int) -> Bool {
        var index = offset
        while index > 0, bytes[index - 1] != ASCII.newline {
            guard bytes[index - 1].isSQLSpace else { return false }
            index -= 1
        }
        return true
    }

    /// Line numbers are asked for in rising order, so each byte is looked at once.
    private mutating func lineNumber(at offset: Int) -> Int {
        while countedTo < offset {
            if bytes[countedTo] == ASCII.newline { line += 1 }
            countedTo += 1
        }
        return line
    }
}
