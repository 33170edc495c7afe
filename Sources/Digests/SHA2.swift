/// What tells one hash function of FIPS 180-4 from another. The names are those of the standard.
///
/// Functions with their numbers written in, and not numbers that one function is given: with the distances of the rotations as
/// values SHA-256 took 64 MB/s.
package protocol SHA2Function {
    associatedtype Word: FixedWidthInteger & UnsignedInteger & Sendable

    /// The state before the first block.
    static var initial: [Word] { get }
    /// The number for each round.
    static var constants: [Word] { get }
    /// The words of the state that make the digest.
    static var digestWords: Int { get }

    static func largeSigma0(_ word: Word) -> Word
    static func largeSigma1(_ word: Word) -> Word
    static func smallSigma0(_ word: Word) -> Word
    static func smallSigma1(_ word: Word) -> Word
}

/// Hashes with one of them.
///
/// Written here because checksums are compared without a connection (`status` of files, tests of the plan), so the server
/// cannot compute them, and the one function is no reason for a cryptography package. It guards against accidents, not
/// attackers.
package struct SHA2<Function: SHA2Function> {
    package typealias Word = Function.Word

    private var state: [Word]
    private var schedule: [Word]
    /// What does not fill a block yet.
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    private static var wordSize: Int { Word.bitWidth / 8 }
    private static var blockSize: Int { 16 * wordSize }

    /// Of no bytes yet.
    package init() {
        state = Function.initial
        schedule = [Word](repeating: 0, count: Function.constants.count)
    }

    /// Takes the next bytes of the message.
    package mutating func take(_ bytes: some Collection<UInt8>) {
        let isWhole: Void? = bytes.withContiguousStorageIfAvailable { takeBlocks($0) }
        if isWhole == nil { Array(bytes).withUnsafeBufferPointer { takeBlocks($0) } }
    }

    private mutating func takeBlocks(_ bytes: UnsafeBufferPointer<UInt8>) {
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
    package mutating func finish() -> String {
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
        return state.prefix(Function.digestWords).map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 2 * Self.wordSize - digits.count) + digits
        }.joined()
    }

    /// The digest of a whole message in hexadecimal digits.
    package static func hex(_ bytes: [UInt8]) -> String {
        var hash = SHA2()
        hash.take(bytes)
        return hash.finish()
    }

    private mutating func takeBlock(_ message: UnsafeBufferPointer<UInt8>, at start: Int) {
        let bytes = UnsafeRawBufferPointer(message)
        schedule.withUnsafeMutableBufferPointer { schedule in
            for index in 0..<16 {
                let word = bytes.loadUnaligned(fromByteOffset: start + index * Self.wordSize, as: Word.self)
                schedule[index] = Word(bigEndian: word)
            }
            for index in 16..<schedule.count {
                let (near, far) = (schedule[index - 15], schedule[index - 2])
                schedule[index] =
                    Function.smallSigma1(far) &+ schedule[index - 7]
                    &+ Function.smallSigma0(near) &+ schedule[index - 16]
            }
            state.withUnsafeMutableBufferPointer { Self.mix(schedule, into: $0) }
        }
    }

    private static func mix(
        _ schedule: UnsafeMutableBufferPointer<Word>,
        into state: UnsafeMutableBufferPointer<Word>
    ) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        Function.constants.withUnsafeBufferPointer { constants in
            // Eight at a time: the variables change their names in place of their values, which is 1.3 times as fast.
            for start in stride(from: 0, to: schedule.count, by: 8) {
                let number = { (offset: Int) in constants[start + offset] &+ schedule[start + offset] }
                round(a, b, c, &d, e, f, g, &h, number(0))
                round(h, a, b, &c, d, e, f, &g, number(1))
                round(g, h, a, &b, c, d, e, &f, number(2))
                round(f, g, h, &a, b, c, d, &e, number(3))
                round(e, f, g, &h, a, b, c, &d, number(4))
                round(d, e, f, &g, h, a, b, &c, number(5))
                round(c, d, e, &f, g, h, a, &b, number(6))
                round(b, c, d, &e, f, g, h, &a, number(7))
            }
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

    @inline(__always)
    private static func round(
        _ a: Word,
        _ b: Word,
        _ c: Word,
        _ d: inout Word,
        _ e: Word,
        _ f: Word,
        _ g: Word,
        _ h: inout Word,
        _ number: Word
    ) {
        h = h &+ Function.largeSigma1(e) &+ (g ^ (e & (f ^ g))) &+ number
        d = d &+ h
        h = h &+ Function.largeSigma0(a) &+ ((a & b) | (c & (a | b)))
    }
}

extension FixedWidthInteger {
    /// The word turned to the right by a number of bits smaller than its width.
    func rotated(by bits: Self) -> Self {
        self &>> bits | self &<< (Self(Self.bitWidth) &- bits)
    }
}
