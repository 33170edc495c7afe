import Digests

/// The bytes of the file around the current chunk, as they stand in it: rows that are left out are quoted from it, and it tells what
/// the file is known by.
struct RawWindow {
    /// The most bytes of a row that are quoted.
    private static let quoted = 64 * 1024

    private var bytes: [UInt8] = []
    private var start: Int

    /// - Parameter offset: the place where the reading begins.
    init(at offset: Int) {
        start = offset
    }

    /// Makes room for so much of a chunk that is kept.
    mutating func reserve(for chunkSize: Int) {
        bytes.reserveCapacity(ChunkMemory.reserve(for: chunkSize))
    }

    mutating func append(_ block: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: block)
    }

    /// Lets go of what lies before a place.
    mutating func forget(before offset: Int) {
        guard offset > start else { return }
        bytes.removeFirst(min(offset - start, bytes.count))
        start = offset
    }

    /// What the file is known by up to a place.
    /// - Parameter earlier: the same for a place before it, from which on the bytes are here.
    func digest(behind earlier: ContentDigest, upTo offset: Int) -> ContentDigest {
        // Those before may be gone.
        guard earlier.count < offset else { return earlier }
        var digest = earlier
        bytes.withUnsafeBytes { bytes in
            digest.take(UnsafeRawBufferPointer(rebasing: bytes[(earlier.count - start)..<(offset - start)]))
        }
        return digest
    }

    /// What the first bytes of a file are known by; they must be here.
    var head: ContentDigest {
        digest(behind: ContentDigest(), upTo: min(ImportContent.headSize, start + bytes.count))
    }

    /// The line ends between two places.
    func lineEnds(from offset: Int, to end: Int) -> Int {
        guard offset < end else { return 0 }
        return bytes[(offset - start)..<(end - start)].count { $0 == UInt8(ascii: "\n") }
    }

    /// A row without its line end, for people: NUL, which no text can hold, is replaced.
    func text(from offset: Int, to end: Int) -> String {
        let raw = bytes[(offset - start)..<min(end - start, offset - start + Self.quoted)]
        var text = String(decoding: raw.map { $0 == 0 ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
        while let last = text.unicodeScalars.last, last == "\n" || last == "\r" {
            text.unicodeScalars.removeLast()
        }
        return text
    }
}
