import Postgres
import SQLSyntax

/// A statement put together of an author's text and pieces in between, that can say where in the author's file a
/// position of the whole lies.
struct ComposedStatement {
    private struct Segment {
        let start: Int
        let bytes: Range<Int>
    }

    private let source: SQLText
    private let bytes: [UInt8]
    private var segments: [Segment] = []
    private var length = 0
    private(set) var sql: SQL = ""

    init(source: SQLText) {
        self.source = source
        bytes = Array(source.text.utf8)
    }

    /// Adds a piece that the author did not write.
    mutating func append(_ piece: SQL) {
        sql.append(piece)
        length = sql.text.unicodeScalars.count
    }

    /// Adds a part of the author's text, given by its bytes.
    mutating func append(authored range: Range<Int>) {
        segments.append(Segment(start: length, bytes: range))
        append(SQL(unsafe: String(decoding: bytes[range], as: UTF8.self)))
    }

    /// The line and column in the author's text, and the line itself with a caret, for the server's position.
    func place(ofPosition position: Int?) -> String {
        guard let position, let segment = segments.last(where: { $0.start < position }) else {
            return source.place
        }
        let location = SourceLocation(
            position: position - segment.start,
            ofStatementAt: segment.bytes.lowerBound,
            in: bytes
        )
        guard location.offset <= segment.bytes.upperBound else { return source.place }
        return source.place(line: location.line, column: location.column) + "\n" + location.caret(in: bytes)
    }
}

extension SQLText {
    /// The file and the line on which the text begins.
    var place: String { place(line: 1, column: nil) }

    func place(line: Int, column: Int?) -> String {
        let indent = indents.indices.contains(line - 1) ? indents[line - 1] : 0
        let line = self.line + line - 1
        let column = column.map { ", column \($0 + indent)" } ?? ""
        return file.map { "\($0), line \(line)\(column)" }
            ?? "line \(line)\(column) of the SQL in the definition"
    }
}
