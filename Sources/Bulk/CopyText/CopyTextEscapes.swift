/// What stands behind backslashes in the text format of COPY (manual, COPY, "Text Format").
enum CopyTextEscapes {
    /// Takes the backslashes out of a field.
    static func decode(_ field: UnsafeRawBufferPointer, into text: inout [UInt8]) {
        var position = 0
        while position < field.count {
            let byte = field[position]
            position += 1
            guard byte == UInt8(ascii: "\\"), position < field.count else {
                text.append(byte)
                continue
            }
            text.append(escaped(field, &position))
        }
    }

    /// The text of a field.
    static func string(_ field: UnsafeRawBufferPointer) -> String {
        var text: [UInt8] = []
        decode(field, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The first byte that no text can hold, where escapes have made it; `nil` when all is well.
    static func firstInvalidByte(_ field: UnsafeRawBufferPointer) -> UInt8? {
        guard makesBytes(field) else { return nil }
        var text: [UInt8] = []
        decode(field, into: &text)
        if text.contains(0) { return 0 }
        return text.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            return UTF8Check.firstInvalidByte(base, count: bytes.count).map { bytes[$0] }
        }
    }

    /// Whether bytes are written by their numbers: all other escapes stand for ASCII or for what is behind them.
    private static func makesBytes(_ field: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        while position + 1 < field.count {
            guard field[position] == UInt8(ascii: "\\") else {
                position += 1
                continue
            }
            let next = field[position + 1]
            if next == UInt8(ascii: "x") || octal(next) != nil { return true }
            position += 2
        }
        return false
    }

    /// - Parameter position: behind the backslash; afterwards behind the escape.
    private static func escaped(_ field: UnsafeRawBufferPointer, _ position: inout Int) -> UInt8 {
        let byte = field[position]
        position += 1
        switch byte {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "v"): return 0x0B
        case UInt8(ascii: "x"):
            return number(field, &position, from: 0, base: 16, most: 2, hexadecimal) ?? byte
        default:
            guard let first = octal(byte) else { return byte }
            return number(field, &position, from: first, base: 8, most: 2, octal) ?? UInt8(first)
        }
    }

    /// A number of further digits, cut to a byte as the server does; `nil` where there is none.
    private static func number(
        _ field: UnsafeRawBufferPointer,
        _ position: inout Int,
        from first: Int,
        base: Int,
        most: Int,
        _ digit: (UInt8) -> Int?
    ) -> UInt8? {
        var (value, end) = (first, position)
        while end < min(position + most, field.count), let next = digit(field[end]) {
            value = value * base + next
            end += 1
        }
        guard end > position else { return nil }
        position = end
        return UInt8(truncatingIfNeeded: value)
    }

    private static func octal(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) ? Int(byte & 7) : nil
    }

    private static func hexadecimal(_ byte: UInt8) -> Int? {
        Character(UnicodeScalar(byte)).hexDigitValue
    }
}
