/// One line of an NDJSON file, lent to the closure that reads it.
struct JSONRecord: ~Copyable {
    /// The line of the file, from 1.
    let line: Int
    /// Where the line begins in the file, in bytes from 0.
    let byteOffset: Int
    /// The line's length with its line end.
    let byteCount: Int

    /// The bytes of the line.
    let bytes: UnsafeRawBufferPointer
    /// The members of the object in their order.
    let members: UnsafeBufferPointer<JSONMember>
}

/// Where a member of an object lies in its line.
struct JSONMember {
    /// What a value is.
    enum Kind {
        case null, bool, number, string, nested
    }

    /// A piece of the line.
    struct Piece {
        var start: Int
        var count: Int
    }

    /// The key between its quotes.
    var key: Piece
    /// Whether the key has to be unescaped before it is compared.
    var keyHasEscapes: Bool
    /// The value as it stands, with the quotes of a string.
    var value: Piece
    var kind: Kind
    /// Whether a string has to be unescaped.
    var hasEscapes: Bool
}
