/// The cyclic redundancy check of ISO 3309 (zip, Ethernet): Flyway's checksums and the keys of several tools'
/// locks are made with it.
struct CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in
            value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
        }
    }

    private var state = UInt32.max

    /// The check of everything that was taken.
    var value: UInt32 { ~state }

    /// Takes more bytes.
    mutating func take(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { state = Self.table[Int((state ^ UInt32(byte)) & 0xFF)] ^ state >> 8 }
    }

    /// The check of a text's bytes in UTF-8.
    static func of(_ text: String) -> UInt32 {
        var check = CRC32()
        check.take(text.utf8)
        return check.value
    }
}
