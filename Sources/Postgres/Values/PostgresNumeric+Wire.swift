/// The binary form (`numeric_send` in the server's source): the number of digits to the base 10,000, the weight of the
/// first of them, the sign, the number of decimal places to show, and the digits, each in 16 bits.
extension PostgresNumeric: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .numeric }

    private enum Sign {
        static let minus: UInt16 = 0x4000
        static let special: [UInt16: PostgresNumeric] = [
            0xC000: .nan, 0xD000: .infinity, 0xF000: .minusInfinity,
        ]
    }

    public func encode(into buffer: inout WireBuffer) {
        if let special = Sign.special.first(where: { $0.value == self }) {
            return [0, 0, special.key, 0].forEach { buffer.append($0) }
        }
        let isNegative = description.hasPrefix("-")
        let parts = description.drop { $0 == "-" }.split(separator: ".")
        let fraction = parts.count > 1 ? Array(parts[1].utf8) : []
        var digits =
            Self.groups(Array(parts[0].utf8), padding: .left) + Self.groups(fraction, padding: .right)
        var weight = (parts[0].utf8.count + 3) / 4 - 1
        while digits.first == 0 {
            digits.removeFirst()
            weight -= 1
        }
        while digits.last == 0 { digits.removeLast() }
        buffer.append(UInt16(digits.count))
        buffer.append(Int16(digits.isEmpty ? 0 : weight))
        buffer.append(isNegative ? Sign.minus : 0)
        buffer.append(UInt16(fraction.count))
        digits.forEach { buffer.append($0) }
    }

    public static func decode(_ cell: Cell) throws(DecodingFailure) -> PostgresNumeric {
        let bytes = try cell.nonNull(PostgresNumeric.self)
        guard cell.type == .numeric else { throw cell.mismatch(PostgresNumeric.self) }
        let value =
            cell.format == .binary
            ? PostgresNumeric(wire: bytes) : PostgresNumeric(String(decoding: bytes, as: UTF8.self))
        guard let value else { throw cell.mismatch(PostgresNumeric.self) }
        return value
    }

    private init?(wire bytes: UnsafeRawBufferPointer) {
        func word(_ index: Int) -> UInt16 {
            UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
        }
        guard bytes.count >= 8, bytes.count == 8 + 2 * Int(word(0)) else { return nil }
        if let special = Sign.special[word(2)] {
            self = special
            return
        }
        let (count, weight, scale) = (Int(word(0)), Int(Int16(bitPattern: word(1))), Int(word(3)))
        func group(_ position: Int) -> String {
            position < 0 || position >= count ? "0000" : Int(word(4 + position)).padded(4)
        }
        let whole = weight < 0 ? "0" : (0...weight).map(group).joined()
        // The first group behind the point has weight -1, wherever the stored digits begin.
        let places = (0..<(scale + 3) / 4).map { group(weight + 1 + $0) }.joined().prefix(scale)
        self.init((word(2) == Sign.minus ? "-" : "") + whole + (scale > 0 ? "." + places : ""))
    }

    private enum Padding { case left, right }

    /// Four decimal digits each, with zeros added on the side away from the point.
    private static func groups(_ digits: [UInt8], padding: Padding) -> [UInt16] {
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: (4 - digits.count % 4) % 4)
        let padded = padding == .left ? zeros + digits : digits + zeros
        return stride(from: 0, to: padded.count, by: 4).map { start in
            padded[start..<start + 4].reduce(0) { $0 * 10 + UInt16($1 - UInt8(ascii: "0")) }
        }
    }
}
