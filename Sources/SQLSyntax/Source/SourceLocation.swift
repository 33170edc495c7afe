/// A place in a text for people: line and column, both from 1.
///
/// Columns count characters (Unicode scalars), as the server's error positions do, not bytes.
public struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1.
    public let line: Int

    /// The column, from 1, in characters.
    public let column: Int

    /// The byte offset from the start of the text.
    public let offset: Int

    /// The place of a byte. An offset behind the end means the end.
    public init(offset: Int, in bytes: [UInt8]) {
        let offset = min(max(offset, 0), bytes.count)
        var line = 1
        var lineStart = 0
        for index in 0..<offset where bytes[index] == ASCII.newline {
            line += 1
            lineStart = index + 1
        }
        self.line = line
        self.column = 1 + bytes[lineStart..<offset].count { !$0.isContinuationByte }
        self.offset = offset
    }

    /// The place of a position that the server reported for a statement of the text.
    ///
    /// - Parameters:
    ///   - position: from 1, in characters, as in the error field `P`.
    ///   - start: the byte offset of the statement as it was sent.
    ///   - bytes: the whole text.
    public init(position: Int, ofStatementAt start: Int, in bytes: [UInt8]) {
        var index = min(max(start, 0), bytes.count)
        var remaining = position - 1
        while remaining > 0, index < bytes.count {
            index += 1
            while index < bytes.count, bytes[index].isContinuationByte { index += 1 }
            remaining -= 1
        }
        self.init(offset: index, in: bytes)
    }

    /// `line:column`
    public var description: String { "\(line):\(column)" }
}

extension UInt8 {
    /// A byte inside a UTF-8 sequence, not its first.
    var isContinuationByte: Bool { self & 0xC0 == 0x80 }
}
