/// An escape in a string of JSON: a backslash and what belongs to it.
struct JSONEscape {
    /// The character that it stands for.
    let scalar: Unicode.Scalar
    /// The bytes that it takes up.
    let length: Int

    /// Reads the escape that begins at a position; `nil` where JSON knows none, or for half of a surrogate pair.
    init?(at position: Int, in bytes: UnsafeRawBufferPointer) {
        guard position + 1 < bytes.count else { return nil }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""): self.init("\"", 2)
        case UInt8(ascii: "\\"): self.init("\\", 2)
        case UInt8(ascii: "/"): self.init("/", 2)
        case UInt8(ascii: "b"): self.init("\u{8}", 2)
        case UInt8(ascii: "f"): self.init("\u{C}", 2)
        case UInt8(ascii: "n"): self.init("\n", 2)
        case UInt8(ascii: "r"): self.init("\r", 2)
        case UInt8(ascii: "t"): self.init("\t", 2)
        case UInt8(ascii: "u"): self.init(unitAt: position + 2, in: bytes)
        default: return nil
        }
    }

    private init(_ scalar: Unicode.Scalar, _ length: Int) {
        (self.scalar, self.length) = (scalar, length)
    }

    /// Reads behind `\u`: four digits, or a surrogate pair.
    private init?(unitAt position: Int, in bytes: UnsafeRawBufferPointer) {
        guard let high = Self.unit(at: position, in: bytes) else { return nil }
        if let scalar = Unicode.Scalar(high) {
            self.init(scalar, 6)
            return
        }
        let second = position + 4
        guard high < 0xDC00, second + 1 < bytes.count, bytes[second] == UInt8(ascii: "\\"),
            bytes[second + 1] == UInt8(ascii: "u"), let low = Self.unit(at: second + 2, in: bytes),
            (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { return nil }
        self.init(scalar, 12)
    }

    private static func unit(at position: Int, in bytes: UnsafeRawBufferPointer) -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
