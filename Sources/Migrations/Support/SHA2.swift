/// The hash functions of FIPS 180-4 over words of 32 or 64 bits, which differ in their numbers alone.
///
/// Written here because checksums are compared without a connection (`status` of files, tests of the plan), so the server
/// cannot compute them, and the one function is no reason for a cryptography package. It guards against accidents, not
/// attackers.
struct SHA2<Word: FixedWidthInteger & UnsignedInteger & Sendable> {
    /// How far a word is rotated, three times over; where words become later words, the last one is a shift.
    typealias Distances = (Word, Word, Word)

    /// What tells one function from another.
    struct Variant: Sendable {
        /// The state before the first block.
        let initial: [Word]
        /// The number for each round.
        let constants: [Word]
        /// How far the two working variables are rotated in a round.
        let rounds: (first: Distances, second: Distances)
        /// How far two earlier words are rotated, and shifted, for a later one.
        let schedule: (near: Distances, far: Distances)
        /// The words of the state that make the digest.
        let digestWords: Int

        /// Makes the later words of a schedule of the first 16.
        func expand(_ schedule: UnsafeMutableBufferPointer<Word>) {
            for index in 16..<schedule.count {
                let low = schedule[index - 15].mixedWithShift(self.schedule.near)
                let high = schedule[index - 2].mixedWithShift(self.schedule.far)
                schedule[index] = schedule[index - 16] &+ low &+ schedule[index - 7] &+ high
            }
        }

        func mix(_ schedule: UnsafeMutableBufferPointer<Word>, into state: UnsafeMutableBufferPointer<Word>) {
            constants.withUnsafeBufferPointer { constants in
                var (a, b, c, d) = (state[0], state[1], state[2], state[3])
                var (e, f, g, h) = (state[4], state[5], state[6], state[7])
                for round in schedule.indices {
                    let choice = (e & f) ^ (~e & g)
                    let first = h &+ e.mixed(rounds.second) &+ choice &+ constants[round]
                    let majority = (a & b) ^ (a & c) ^ (b & c)
                    let second = a.mixed(rounds.first) &+ majority
                    let sum = first &+ schedule[round]
                    (h, g, f, e, d, c, b, a) = (g, f, e, d &+ sum, c, b, a, sum &+ second)
                }
                state[0] &+= a
                state[1] &+= b
                state[2] &+= c
                state[3] &+= d
                state[4] &+= e
                state[5] &+= f
                state[6] &+= g
                state[7] &+= h
            }
        }
    }

    private let variant: Variant
    private var state: [Word]
    private var schedule: [Word]
    /// What does not fill a block yet.
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    private static var wordSize: Int { Word.bitWidth / 8 }
    private static var blockSize: Int { 16 * wordSize }

    init(_ variant: Variant) {
        self.variant = variant
        state = variant.initial
        schedule = [Word](repeating: 0, count: variant.constants.count)
    }

    /// Takes the next bytes of the message.
    mutating func take(_ bytes: some Collection<UInt8>) {
        let isWhole: Void? = bytes.withContiguousStorageIfAvailable { take($0) }
        if isWhole == nil { Array(bytes).withUnsafeBufferPointer { take($0) } }
    }

    private mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) {
        count += UInt64(bytes.count)
        var start = 0
        if !rest.isEmpty {
            start = min(Self.blockSize - rest.count, bytes.count)
            rest += bytes[..<start]
            guard rest.count == Self.blockSize else { return }
            let block = rest
            block.withUnsafeBufferPointer { takeBlock($0, at: 0) }
            rest.removeAll(keepingCapacity: true)
        }
        while bytes.count - start >= Self.blockSize {
            takeBlock(bytes, at: start)
            start += Self.blockSize
        }
        rest += bytes[start...]
    }

    /// The digest in hexadecimal digits; the message is over.
    mutating func finish() -> String {
        // A bit, zeros, and the length in bits, which has the room of two words; no file needs more than eight bytes of it.
        let bits = count * 8
        let used = (rest.count + 1 + 2 * Self.wordSize) % Self.blockSize
        take(
            [0x80]
                + [UInt8](
                    repeating: 0,
                    count: (Self.blockSize - used) % Self.blockSize + 2 * Self.wordSize - 8
                )
        )
        take(stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bits >> UInt64($0)) })
        return state.prefix(variant.digestWords).map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 2 * Self.wordSize - digits.count) + digits
        }.joined()
    }

    /// The digest of a whole message in hexadecimal digits.
    static func hex(_ bytes: [UInt8], _ variant: Variant) -> String {
        var hash = SHA2(variant)
        hash.take(bytes)
        return hash.finish()
    }

    private mutating func takeBlock(_ message: UnsafeBufferPointer<UInt8>, at start: Int) {
        let bytes = UnsafeRawBufferPointer(message)
        let variant = variant
        schedule.withUnsafeMutableBufferPointer { schedule in
            for index in 0..<16 {
                schedule[index] = Word(
                    bigEndian: bytes.loadUnaligned(
                        fromByteOffset: start + index * Self.wordSize,
                        as: Word.self
                    )
                )
            }
            variant.expand(schedule)
            state.withUnsafeMutableBufferPointer { variant.mix(schedule, into: $0) }
        }
    }
}

extension FixedWidthInteger {
    /// Three rotations of the word, combined.
    fileprivate func mixed(_ bits: (Self, Self, Self)) -> Self {
        rotated(bits.0) ^ rotated(bits.1) ^ rotated(bits.2)
    }

    /// Two rotations of the word and a shift, combined.
    fileprivate func mixedWithShift(_ bits: (Self, Self, Self)) -> Self {
        rotated(bits.0) ^ rotated(bits.1) ^ (self >> bits.2)
    }

    private func rotated(_ bits: Self) -> Self {
        self >> bits | self << (Self(Self.bitWidth) - bits)
    }
}
