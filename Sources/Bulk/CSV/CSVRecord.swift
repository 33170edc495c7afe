/// One record of a CSV file, lent to the closure that reads it.
///
/// The bytes belong to the reader and are overwritten afterwards, so a record cannot be copied out of the
/// closure; take what is needed with ``string(_:)`` or from the ``CSVField/bytes``.
public struct CSVRecord: ~Copyable {
    /// The record's position in the file, from 1; a header is record 1, blank lines are not counted.
    public let number: Int
    /// The line of the file that the record begins in, from 1.
    public let line: Int
    /// The lines that the record takes up: more than one where a quoted field holds line ends.
    public let lineCount: Int
    /// Where the record begins in the file, in bytes from 0.
    public let byteOffset: Int
    /// The record's length with its line end: the next one begins at `byteOffset + byteCount`.
    public let byteCount: Int

    let base: UnsafeRawPointer
    let slices: UnsafeBufferPointer<FieldSlice>
    /// What the lines of a file in the text format of COPY end with, where it is known.
    let lineEnd: LineEnd?

    /// The number of fields.
    public var count: Int { slices.count }

    /// The field at a position, from 0.
    public subscript(position: Int) -> CSVField {
        let slice = slices[position]
        return CSVField(
            bytes: UnsafeRawBufferPointer(start: base + slice.start, count: slice.count),
            isQuoted: slice.isQuoted,
            hasEscapes: slice.hasEscapes
        )
    }

    /// The text of the field at a position.
    public func string(_ position: Int) -> String {
        let field = self[position]
        return field.hasEscapes
            ? CopyTextEscapes.string(field.bytes) : String(decoding: field.bytes, as: UTF8.self)
    }

    /// The texts of all fields, which is meant for headers.
    public var strings: [String] {
        (0..<count).map { string($0) }
    }
}

/// The content of one field, without its quotes and with doubled quotes made single.
public struct CSVField {
    /// The text in UTF-8. Good only inside the closure that got the record.
    public let bytes: UnsafeRawBufferPointer
    /// Whether the field was in quotes: `""` is an empty text, nothing at all is NULL by COPY's rule.
    public let isQuoted: Bool
    /// Whether backslashes of COPY's text format are still in it.
    var hasEscapes = false
}

/// Where a field lies in the reader's buffer.
struct FieldSlice {
    var start: Int
    var count: Int
    var isQuoted = false
    var hasEscapes = false
}
