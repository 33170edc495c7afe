import Postgres

/// Writes rows in the text format of COPY: fields separated by tabs, a line each, `\N` for NULL.
///
/// "Backslash characters may be used in the COPY data to quote data characters that might otherwise be taken as row or
/// column delimiters" (manual, COPY): the backslash itself, LF, CR and TAB. Every record is exactly one line of this
/// format, so line *n* in an error of the server's is record *n*.
enum CopyTextEncoder {
    static let null: [UInt8] = Array("\\N".utf8)

    /// Writes a field that is not NULL; `bytes` are UTF-8 without NUL.
    static func append(_ bytes: UnsafeRawBufferPointer, to buffer: inout WireBuffer) {
        guard let base = bytes.baseAddress else { return }
        let bytes = UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: bytes.count)
        var start = 0
        for position in 0..<bytes.count {
            guard let letter = escapeLetter(bytes[position]) else { continue }
            buffer.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<position]))
            buffer.bytes.append(UInt8(ascii: "\\"))
            buffer.bytes.append(letter)
            start = position + 1
        }
        buffer.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
    }

    static func append(_ text: String, to buffer: inout WireBuffer) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0), to: &buffer) }
    }

    @inline(__always)
    private static func escapeLetter(_ byte: UInt8) -> UInt8? {
        if byte > UInt8(ascii: "\r"), byte != UInt8(ascii: "\\") { return nil }
        return switch byte {
        case UInt8(ascii: "\\"): byte
        case UInt8(ascii: "\n"): UInt8(ascii: "n")
        case UInt8(ascii: "\r"): UInt8(ascii: "r")
        case UInt8(ascii: "\t"): UInt8(ascii: "t")
        default: nil
        }
    }
}
