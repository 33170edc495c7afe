import CDigests

/// SHA-256: the checksum of a migration, and of an imported file.
package enum SHA256 {
    /// The digest in hexadecimal digits.
    package static func hex(_ bytes: [UInt8]) -> String {
        SHA2<SHA256Blocks>.hex(bytes)
    }

    /// The digest of several pieces, one behind the other.
    package static func hex(_ pieces: ArraySlice<UInt8>...) -> String {
        hex { take in
            for piece in pieces { take(piece) }
        }
    }

    /// A digest of what is told piece by piece.
    package static func hex(_ body: ((ArraySlice<UInt8>) -> Void) throws -> Void) rethrows -> String {
        var hash = SHA2<SHA256Blocks>()
        try body { piece in piece.withUnsafeBytes { hash.take($0) } }
        return hash.finish()
    }
}

/// SHA-256, block by block: by the processor's own instructions where it has them, 1.4 GB/s in place of 0.3. A file is read no
/// faster than its checksum is made.
struct SHA256Blocks: BlockHash {
    static let blockSize = 64

    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]
    private var schedule = [UInt32](repeating: 0, count: 64)
    private let method: Method

    /// How blocks are taken.
    enum Method: CaseIterable {
        /// By instructions of the processor.
        case accelerated
        /// Word by word, as the standard tells it.
        case portable

        /// The best that this processor has.
        static let best: Method = caisson_sha256_is_accelerated() ? .accelerated : .portable
    }

    init() { self.init(.best) }

    init(_ method: Method) { self.method = method }

    var digest: [UInt8] { state.flatMap(\.bigEndianBytes) }

    mutating func take(blocks: UnsafeRawBufferPointer) {
        guard method == .accelerated else { return takePortably(blocks) }
        guard let start = blocks.baseAddress, !blocks.isEmpty else { return }
        state.withUnsafeMutableBufferPointer { state in
            caisson_sha256_take(
                state.baseAddress,
                start.assumingMemoryBound(to: UInt8.self),
                blocks.count / Self.blockSize
            )
        }
    }

    private mutating func takePortably(_ blocks: UnsafeRawBufferPointer) {
        schedule.withUnsafeMutableBufferPointer { schedule in
            for start in stride(from: 0, to: blocks.count, by: Self.blockSize) {
                Self.fill(
                    schedule,
                    with: UnsafeRawBufferPointer(rebasing: blocks[start..<start + Self.blockSize])
                )
                state.withUnsafeMutableBufferPointer { Self.mix(schedule, into: $0) }
            }
        }
    }

    private static func fill(
        _ schedule: UnsafeMutableBufferPointer<UInt32>,
        with block: UnsafeRawBufferPointer
    ) {
        for index in 0..<16 {
            schedule[index] = UInt32(
                bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
            )
        }
        for index in 16..<64 {
            let (near, far) = (schedule[index &- 15], schedule[index &- 2])
            let first = (near &>> 7 | near &<< 25) ^ (near &>> 18 | near &<< 14) ^ near &>> 3
            let second = (far &>> 17 | far &<< 15) ^ (far &>> 19 | far &<< 13) ^ far &>> 10
            schedule[index] = schedule[index &- 16] &+ first &+ schedule[index &- 7] &+ second
        }
    }

    private static func mix(
        _ schedule: UnsafeMutableBufferPointer<UInt32>,
        into state: UnsafeMutableBufferPointer<UInt32>
    ) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        constants.withUnsafeBufferPointer { constants in
            // Eight at a time: the variables change their names in place of their values, which is 1.3 times as fast.
            for start in stride(from: 0, to: 64, by: 8) {
                round(a, b, c, &d, e, f, g, &h, constants[start] &+ schedule[start])
                round(h, a, b, &c, d, e, f, &g, constants[start &+ 1] &+ schedule[start &+ 1])
                round(g, h, a, &b, c, d, e, &f, constants[start &+ 2] &+ schedule[start &+ 2])
                round(f, g, h, &a, b, c, d, &e, constants[start &+ 3] &+ schedule[start &+ 3])
                round(e, f, g, &h, a, b, c, &d, constants[start &+ 4] &+ schedule[start &+ 4])
                round(d, e, f, &g, h, a, b, &c, constants[start &+ 5] &+ schedule[start &+ 5])
                round(c, d, e, &f, g, h, a, &b, constants[start &+ 6] &+ schedule[start &+ 6])
                round(b, c, d, &e, f, g, h, &a, constants[start &+ 7] &+ schedule[start &+ 7])
            }
        }
        let words = (a, b, c, d, e, f, g, h)
        (state[0], state[1], state[2]) = (state[0] &+ words.0, state[1] &+ words.1, state[2] &+ words.2)
        (state[3], state[4], state[5]) = (state[3] &+ words.3, state[4] &+ words.4, state[5] &+ words.5)
        (state[6], state[7]) = (state[6] &+ words.6, state[7] &+ words.7)
    }

    @inline(__always)
    private static func round(
        _ a: UInt32,
        _ b: UInt32,
        _ c: UInt32,
        _ d: inout UInt32,
        _ e: UInt32,
        _ f: UInt32,
        _ g: UInt32,
        _ h: inout UInt32,
        _ number: UInt32
    ) {
        let first = (e &>> 6 | e &<< 26) ^ (e &>> 11 | e &<< 21) ^ (e &>> 25 | e &<< 7)
        h = h &+ first &+ (g ^ (e & (f ^ g))) &+ number
        d = d &+ h
        let second = (a &>> 2 | a &<< 30) ^ (a &>> 13 | a &<< 19) ^ (a &>> 22 | a &<< 10)
        h = h &+ second &+ ((a & b) | (c & (a | b)))
    }

    /// The same cube roots, of the first 64 primes and cut off after 32 bits.
    private static let constants: [UInt32] = SHA384Blocks.constants.prefix(64).map { UInt32($0 >> 32) }
}
