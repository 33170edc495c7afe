/// An array of bytes is `bytea`, not an array on the server.
extension UInt8: PostgresArrayElement {
    public static var arrayType: PostgresType { .bytea }

    public static func encodeArray(_ elements: [UInt8], into buffer: inout WireBuffer) {
        buffer.append(contentsOf: elements)
    }

    /// In the binary format any type is taken, as the bytes that came.
    public static func decodeArray(_ cell: Cell) throws(DecodingFailure) -> [UInt8] {
        let bytes = try cell.nonNull([UInt8].self)
        if cell.format == .binary { return [UInt8](bytes) }
        guard cell.type == .bytea, let value = hexadecimal(bytes) else { throw cell.mismatch([UInt8].self) }
        return value
    }

    /// `bytea` as text is `\x` and two digits a byte.
    private static func hexadecimal(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "x")]), text.count % 2 == 0 else {
            return nil
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2 - 1)
        for index in stride(from: 2, to: text.count, by: 2) {
            guard let high = digit(text[index]), let low = digit(text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
