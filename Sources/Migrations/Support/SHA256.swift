/// SHA-256: the checksum of a migration.
enum SHA256 {
    /// The digest in hexadecimal digits.
    static func hex(_ bytes: [UInt8]) -> String {
        SHA2.hex(bytes, variant)
    }

    /// The digest of several pieces, one behind the other.
    static func hex(_ pieces: ArraySlice<UInt8>...) -> String {
        var hash = SHA2(variant)
        for piece in pieces { hash.take(piece) }
        return hash.finish()
    }

    /// A digest of what is told piece by piece.
    static func hex(_ body: ((ArraySlice<UInt8>) -> Void) throws -> Void) rethrows -> String {
        var hash = SHA2(variant)
        try body { hash.take($0) }
        return hash.finish()
    }

    private static let variant = SHA2<UInt32>.Variant(
        initial: [
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
            0x5be0_cd19,
        ],
        // The same cube roots, of the first 64 primes and cut off after 32 bits.
        constants: SHA384.constants.prefix(64).map { UInt32($0 >> 32) },
        rounds: (first: (2, 13, 22), second: (6, 11, 25)),
        schedule: (near: (7, 18, 3), far: (17, 19, 10)),
        digestWords: 8
    )
}
