import Postgres

/// Writes an array of JSON as an array of PostgreSQL, for instance `[1,["a"]]` as `{"1",{"a"}}`.
///
/// Arrays inside of it are further dimensions. An element that is an object stays JSON text.
struct JSONArrayLiteral {
    /// What elements are.
    enum Elements {
        /// Values of some type: a string gives its text, an array is a further dimension.
        case values
        /// JSON: every element stays as it stands in the file, only `null` is NULL.
        case json
    }

    private let elements: Elements
    /// What stands between two elements.
    private let delimiter: UInt8
    private static let box = PostgresType(rawValue: 603)

    /// The way to write the elements of a column; `nil` when it is no array.
    init?(for column: TargetColumn) {
        guard let element = column.elementTypeID else { return nil }
        elements = element == .json || element == .jsonb ? .json : .values
        // The only type of the server itself with another delimiter: a box has commas inside.
        delimiter = element == Self.box ? UInt8(ascii: ";") : UInt8(ascii: ",")
    }

    /// Adds an array, which the scanner has found to be right, to a text.
    ///
    /// - Throws: ``JSONLinesError`` for an escape that means nothing.
    func append(
        _ piece: JSONMember.Piece,
        of record: borrowing JSONRecord,
        to text: inout [UInt8]
    ) throws(JSONLinesError) {
        var walk = JSONWalk(piece)
        var depth = 0
        while let token = walk.next(in: record.bytes) {
            switch token.kind {
            case .open where depth == 0 || elements == .values:
                text.append(UInt8(ascii: "{"))
                depth += 1
            case .close:
                text.append(UInt8(ascii: "}"))
                depth -= 1
            case .comma: text.append(delimiter)
            case .null: text += "NULL".utf8
            case .string where elements == .values:
                try append(string: token.piece, of: record, to: &text)
            case .open:
                append(quoted: record.bytes(walk.wholeValue(from: token, in: record.bytes)), to: &text)
            case .object, .string, .other: append(quoted: record.bytes(token.piece), to: &text)
            }
        }
    }

    private func append(
        string piece: JSONMember.Piece,
        of record: borrowing JSONRecord,
        to text: inout [UInt8]
    ) throws(JSONLinesError) {
        var content: [UInt8] = []
        try record.unescape(.init(start: piece.start + 1, count: piece.count - 2), into: &content)
        append(quoted: content, to: &text)
    }

    /// Quotes keep everything as it is: blanks, braces, the word NULL, nothing at all.
    private func append(quoted content: some Collection<UInt8>, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in content {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
            text.append(byte)
        }
        text.append(UInt8(ascii: "\""))
    }
}

/// A walk over the inside of an array that the scanner has found to be right.
private struct JSONWalk {
    /// What stands at a place.
    enum Kind {
        case open, close, comma, null, string, object
        /// A number, `true` or `false`.
        case other
    }

    private var position: Int
    private let end: Int

    init(_ piece: JSONMember.Piece) {
        (position, end) = (piece.start, piece.start + piece.count)
    }

    /// The next piece; an object is one.
    mutating func next(in bytes: UnsafeRawBufferPointer) -> (kind: Kind, piece: JSONMember.Piece)? {
        while position < end, Self.isSpace(bytes[position]) { position += 1 }
        guard position < end else { return nil }
        let start = position
        let kind = kind(of: bytes[position])
        switch kind {
        case .open, .close, .comma: position += 1
        case .string: skipString(in: bytes)
        case .object: skipNested(in: bytes)
        case .null, .other:
            while position < end, !Self.isEnd(bytes[position]) { position += 1 }
        }
        return (kind, .init(start: start, count: position - start))
    }

    /// All of an array whose bracket was the last piece.
    mutating func wholeValue(
        from token: (kind: Kind, piece: JSONMember.Piece),
        in bytes: UnsafeRawBufferPointer
    ) -> JSONMember.Piece {
        position = token.piece.start
        skipNested(in: bytes)
        return .init(start: token.piece.start, count: position - token.piece.start)
    }

    private func kind(of byte: UInt8) -> Kind {
        switch byte {
        case UInt8(ascii: "["): .open
        case UInt8(ascii: "]"): .close
        case UInt8(ascii: ","): .comma
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "{"): .object
        default: .other
        }
    }

    private mutating func skipString(in bytes: UnsafeRawBufferPointer) {
        position += 1
        while bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        position += 1
    }

    private mutating func skipNested(in bytes: UnsafeRawBufferPointer) {
        var depth = 0
        repeat {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                skipString(in: bytes)
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            position += 1
        } while depth > 0
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    private static func isEnd(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]")
    }
}
