/// The SHA-256 of what was read so far, which can be looked at between and goes on.
///
/// For files that are known by their content while they are still being read.
package struct ContentDigest: Sendable {
    /// The bytes of ``tail``: enough for a short line with both its ends.
    package static let tailSize = 6

    private var hash = SHA2<SHA256Blocks>()
    /// The bytes that were taken.
    package private(set) var count = 0
    /// The last of them, at most ``tailSize``.
    package private(set) var tail: [UInt8] = []
    /// The last one.
    package var last: UInt8? { tail.last }

    /// Of nothing yet.
    package init() {}

    /// Takes the next bytes.
    package mutating func take(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        hash.take(bytes)
        count += bytes.count
        tail = (tail + bytes.suffix(Self.tailSize)).suffix(Self.tailSize)
    }

    /// The digest up to here in hexadecimal digits, as `sha256sum` writes it.
    package var hex: String {
        var hash = hash
        return hash.finish()
    }
}
