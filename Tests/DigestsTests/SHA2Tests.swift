import Digests
import Testing

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
