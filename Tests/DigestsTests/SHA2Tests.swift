import Testing

@testable import Digests

@Suite struct SHA2Tests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func `the published digests come out`(text: String, digest: String) {
        #expect(SHA256.hex(Array(text.utf8)) == digest)
    }

    @Test(arguments: 50...70)
    func `every length around a block has a digest of its own`(length: Int) {
        let one = SHA256.hex([UInt8](repeating: 0, count: length))
        let other = SHA256.hex([UInt8](repeating: 0, count: length + 1))
        #expect(one.count == 64)
        #expect(one != other)
    }

    @Test(.enabled(if: SHA256Blocks.Method.best == .accelerated), arguments: [1, 2, 3, 16, 1000])
    func `the processor's instructions say what the standard says`(blocks: Int) {
        var dice = SystemRandomNumberGenerator()
        let bytes = (0..<64 * blocks).map { _ in UInt8.random(in: 0...255, using: &dice) }
        let digests = SHA256Blocks.Method.allCases.map { method in
            var hash = SHA256Blocks(method)
            // In two parts, the second of which begins with the state of the first.
            bytes.withUnsafeBytes { all in
                hash.take(blocks: UnsafeRawBufferPointer(rebasing: all[..<64]))
                hash.take(blocks: UnsafeRawBufferPointer(rebasing: all[64...]))
            }
            return hash.digest
        }
        #expect(digests[0] == digests[1])
    }

    @Test func `a digest can be looked at and goes on`() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var digest = ContentDigest()
        for start in stride(from: 0, to: 1000, by: 37) {
            #expect(digest.hex == SHA256.hex(Array(bytes[..<start])) && digest.count == start)
            bytes[start..<min(start + 37, 1000)].withUnsafeBytes { digest.take($0) }
        }
        #expect(digest.hex == SHA256.hex(bytes) && digest.last == bytes.last)
    }
}
