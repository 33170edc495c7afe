/// One statement of a script.
public struct Statement: Hashable, Sendable {
    /// What matters about it to whoever runs it.
    public let kind: StatementKind

    /// Shared by all statements of a script: a copy of each text doubled what a big file costs.
    private let script: [UInt8]

    // Half words: a file of 60 MB has 600,000 of these, and no message to the server holds more than 1 GB.
    private let place: Range<UInt32>
    private let data: Range<UInt32>
    private let lineNumber: UInt32

    init(script: [UInt8], range: Range<Int>, line: Int, kind: StatementKind, copyData: Range<Int>?) {
        self.script = script
        self.kind = kind
        place = Self.half(range)
        data = copyData.map(Self.half) ?? 0..<0
        lineNumber = UInt32(clamping: line)
    }

    private static func half(_ range: Range<Int>) -> Range<UInt32> {
        UInt32(clamping: range.lowerBound)..<UInt32(clamping: range.upperBound)
    }

    /// The bytes of `text` in the script.
    public var range: Range<Int> { Int(place.lowerBound)..<Int(place.upperBound) }

    /// The line of its first token, from 1.
    public var line: Int { Int(lineNumber) }

    /// For `COPY ... FROM STDIN`, the bytes of its data lines in the script, without the closing `\.`.
    public var copyData: Range<Int>? {
        guard case .copyFromStdin = kind else { return nil }
        return Int(data.lowerBound)..<Int(data.upperBound)
    }

    /// The statement from its first token to its last: no comments around it, no semicolon at its end.
    public var text: String { script.text(range) }

    /// The bytes of `text`.
    public var bytes: ArraySlice<UInt8> { script[range] }

    /// Its first words, in capitals; strings, numbers and quoted names are none.
    package func words(first count: Int) -> [String] {
        var lexer = Lexer(script, in: range)
        return lexer.words(first: count)
    }

    /// Same text in the same place.
    public static func == (left: Self, right: Self) -> Bool {
        left.range == right.range && left.line == right.line && left.kind == right.kind
            && left.copyData == right.copyData && left.bytes == right.bytes
    }

    /// Equal statements hash alike.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(range)
        hasher.combine(line)
    }
}

/// What a statement means for the transaction around it.
public enum StatementKind: Hashable, Sendable {
    /// Runs in a transaction and leaves it open.
    case ordinary
    /// Runs in a transaction; its data stands in the script behind it.
    case copyFromStdin
    /// Begins or ends a transaction, such as `COMMIT`. The command is given in capitals.
    case transactionControl(command: String)
    /// Sets, releases or goes back to a savepoint: harmless inside a transaction, an error outside.
    case savepoint
    /// Refused by the server inside a transaction block. The command is given in capitals, as the server
    /// names it.
    case outsideTransactionOnly(command: String)
    /// Whether it may run inside a transaction block depends on what it meets: `CALL`, `DO`, `DROP
    /// SUBSCRIPTION`, ...
    case dependsOnTarget(command: String)
}
