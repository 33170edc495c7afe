/// The SHA-256 of what was read so far, which can be looked at between and goes on.
///
/// For files that are known by their content while they are still being read.
package struct ContentDigest: Sendable {
    private var hash = SHA2<SHA256Blocks>()
    /// The bytes that were taken.
    package private(set) var count = 0
    /// The last of them.
    package private(set) var last: UInt8?

    /// Of nothing yet.
    package init() {}

    /// Takes the next bytes.
    package mutating func take(_ bytes: UnsafeRawBufferPointer) {
        guard let last = bytes.last else { return }
        hash.take(bytes)
        count += bytes.count
        self.last = last
    }

    /// The digest up to here in hexadecimal digits, as `sha256sum` writes it.
    package var hex: String {
        var hash = hash
        return hash.finish()
    }
}
