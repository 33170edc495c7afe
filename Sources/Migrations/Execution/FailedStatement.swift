public import Postgres
public import SQLSyntax

/// A statement that did not work, with its place in the file.
public struct FailedStatement: Error, Sendable {
    /// The file.
    public let file: String

    /// The statement's place in the file, from 1.
    public let ordinal: Int

    /// The place of the error: where the server points, else the statement's beginning.
    public let location: SourceLocation

    /// The line with a caret under the place.
    public let caret: String

    /// What the server said.
    public let error: PostgresError

    init(_ error: PostgresError, statement: Statement, ordinal: Int, in source: SourceFile) {
        self.error = error
        self.ordinal = ordinal
        file = source.path
        location = source.written(Self.location(of: error, statement, in: source.bytes))
        caret = location.caret(in: source.written)
    }

    /// For a statement that was sent in place of one of the file: a position in it says nothing about the file.
    init(_ error: PostgresError, standingIn statement: Statement, ordinal: Int, in source: SourceFile) {
        self.error = error
        self.ordinal = ordinal
        file = source.path
        location = source.written(SourceLocation(offset: statement.range.lowerBound, in: source.bytes))
        caret = location.caret(in: source.written)
    }

    private static func location(
        of error: PostgresError,
        _ statement: Statement,
        in bytes: [UInt8]
    ) -> SourceLocation {
        guard case .server(let server) = error else {
            return SourceLocation(offset: statement.range.lowerBound, in: bytes)
        }
        if let position = server.position {
            return SourceLocation(position: position, ofStatementAt: statement.range.lowerBound, in: bytes)
        }
        if let data = statement.copyData, let line = copyLine(server.context) {
            return SourceLocation(offset: offset(ofLine: line, in: bytes, data), in: bytes)
        }
        return SourceLocation(offset: statement.range.lowerBound, in: bytes)
    }

    /// The number in `COPY city, line 3, column id: "x"`; the words are translated, the commas are not.
    private static func copyLine(_ context: String?) -> Int? {
        guard let parts = context?.split(separator: ",", maxSplits: 2), parts.count > 1,
            parts[0].hasPrefix("COPY ")
        else { return nil }
        return Int(parts[1].prefix { $0 != ":" }.filter(\.isNumber))
    }

    private static func offset(ofLine line: Int, in bytes: [UInt8], _ data: Range<Int>) -> Int {
        var offset = data.lowerBound
        for _ in 1..<max(1, line) {
            guard let newline = bytes[offset..<data.upperBound].firstIndex(of: UInt8(ascii: "\n")) else {
                break
            }
            offset = newline + 1
        }
        return offset
    }

    /// `25001`: "cannot run inside a transaction block", for what only the server can know.
    var isRefusedInTransaction: Bool { error.sqlState?.rawValue == "25001" }

    /// `2BP01`: something depends on what is dropped; `42P16`, `42P13`: a view or function cannot be replaced by one with
    /// other columns.
    var meetsDependents: Bool { ["2BP01", "42P16", "42P13"].contains(error.sqlState?.rawValue) }

    /// `file:line:column: message`, the line with the caret, and what the server added.
    public var text: String {
        guard case .server(let server) = error else { return "\(file):\(location): \(error)" }
        var text = "\(file):\(location): \(server.message) (SQLSTATE \(server.sqlState))\n\(caret)"
        if let detail = server.detail { text += "\n  Detail: \(detail)" }
        if let hint = server.hint { text += "\n  Hint: \(hint)" }
        if let context = server.context { text += "\n  Context: \(context)" }
        return text
    }
}

extension SourceFile {
    /// The place in the file of a place in the text that is sent.
    fileprivate func written(_ location: SourceLocation) -> SourceLocation {
        SourceLocation(offset: writtenOffset(location.offset), in: written)
    }
}
