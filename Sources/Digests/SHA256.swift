/// SHA-256: the checksum of a migration.
package enum SHA256: SHA2Function {
    /// The digest in hexadecimal digits.
    package static func hex(_ bytes: [UInt8]) -> String {
        SHA2<Self>.hex(bytes)
    }

    /// The digest of several pieces, one behind the other.
    package static func hex(_ pieces: ArraySlice<UInt8>...) -> String {
        var hash = SHA2<Self>()
        for piece in pieces { hash.take(piece) }
        return hash.finish()
    }

    /// A digest of what is told piece by piece.
    package static func hex(_ body: ((ArraySlice<UInt8>) -> Void) throws -> Void) rethrows -> String {
        var hash = SHA2<Self>()
        try body { hash.take($0) }
        return hash.finish()
    }

    package static let initial: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]

    /// The same cube roots, of the first 64 primes and cut off after 32 bits.
    package static let constants: [UInt32] = SHA384.constants.prefix(64).map { UInt32($0 >> 32) }

    package static let digestWords = 8

    package static func largeSigma0(_ word: UInt32) -> UInt32 {
        word.rotated(by: 2) ^ word.rotated(by: 13) ^ word.rotated(by: 22)
    }

    package static func largeSigma1(_ word: UInt32) -> UInt32 {
        word.rotated(by: 6) ^ word.rotated(by: 11) ^ word.rotated(by: 25)
    }

    package static func smallSigma0(_ word: UInt32) -> UInt32 {
        word.rotated(by: 7) ^ word.rotated(by: 18) ^ word &>> 3
    }

    package static func smallSigma1(_ word: UInt32) -> UInt32 {
        word.rotated(by: 17) ^ word.rotated(by: 19) ^ word &>> 10
    }
}
