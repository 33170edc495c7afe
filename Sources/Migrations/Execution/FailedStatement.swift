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

    /// The time limit that it ran into, if it was that.
    public internal(set) var timeLimit: StatementTimeLimit?

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

    /// `25001`: "cannot run inside a transaction block", for what only the server can know. `SET TRANSACTION` behind a query has
    /// the same code.
    var isRefusedInTransaction: Bool { error.sqlState?.rawValue == "25001" }

    /// `2D000`: a procedure or a block that commits, inside of a transaction block.
    var endsTransaction: Bool { error.sqlState?.rawValue == "2D000" }

    /// Whether the statement chooses how its transaction is isolated.
    var setsIsolation: Bool {
        if case .server(let server) = error {
            SignificantWords.of(server.statement ?? "", first: 2) == ["SET", "TRANSACTION"]
        } else {
            false
        }
    }

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

/// How long a statement was allowed to run, and who has said so.
public struct StatementTimeLimit: Hashable, Sendable, CustomStringConvertible {
    /// Who has said so.
    public enum Origin: Hashable, Sendable {
        /// `statement-timeout:` on the marker line.
        case marker
        /// `--statement-timeout`.
        case command
        /// The server, in its own word for the place: `user`, `database`, `configuration file`, …
        case server(String)
        /// The file itself, or a function that it calls.
        case file
    }

    /// The limit; zero where it is not known any more.
    public let limit: Duration

    /// Who has said so.
    public let origin: Origin

    init(_ limit: Duration, _ origin: Origin) {
        (self.limit, self.origin) = (limit, origin)
    }

    /// Where the limit comes from, and how to give the file more time.
    public var description: String {
        let time = Timeout.milliseconds(Int(clamping: limit.milliseconds))
        return switch origin {
        case .marker:
            "statement-timeout:\(time) stands on the marker line: write a longer one, or 0 for no limit."
        case .command: "--statement-timeout is \(time): give a longer one, or 0 for no limit."
        case .file: "The file, or a function that it calls, sets statement_timeout: let it set a longer one."
        case .server(let source):
            """
            statement_timeout is \(time) here, set for: \(source). Give this file more time on its marker line, \
            statement-timeout:10min, or the whole run: --statement-timeout 10min (0: no limit).
            """
        }
    }
}
