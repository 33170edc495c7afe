/// The bytes that a file is recognised by: its head, and what stands right before the place that was reached.
///
/// The head tells another file from this one. The bytes before the place tell whether something was inserted or taken
/// out before it, so that the rows behind it may be corrected meanwhile, which changes the size of the file.
package enum ImportSample {
    /// The bytes of the head.
    static let headSize = 64 * 1024
    /// The bytes before the place.
    static let tailSize = 4096

    /// Takes the sample for a place from a source, and leaves it standing there; shorter when the source ends before.
    static func take(from input: ImportInput, upTo offset: Int) throws -> [UInt8] {
        let head = try input.take(min(headSize, offset))
        let tailStart = tailStart(offset)
        guard head.count == headSize, tailStart >= headSize else { return head }
        _ = try input.skip(tailStart - headSize)
        return head + (try input.take(offset - tailStart))
    }

    /// Where the tail begins; a head that is not full has none.
    static func tailStart(_ offset: Int) -> Int {
        max(headSize, offset - tailSize)
    }
}
