/// The bytes of the file around the current chunk, as they stand in it: rows that are left out are quoted from it.
struct RawWindow {
    /// The most bytes of a row that are quoted.
    private static let quoted = 64 * 1024

    private var bytes: [UInt8]
    private var start: Int
    private var head: [UInt8]

    /// - Parameters:
    ///   - sample: the sample that was taken at the place where the reading begins.
    ///   - chunkSize: the bytes of a chunk.
    init(at offset: Int, sample: [UInt8], chunkSize: Int = 0) {
        head = Array(sample.prefix(ImportSample.headSize))
        let tail = sample.dropFirst(ImportSample.headSize)
        bytes = Array(tail)
        bytes.reserveCapacity(ChunkMemory.reserve(for: chunkSize))
        start = offset - tail.count
    }

    mutating func append(_ block: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: block)
        if head.count < ImportSample.headSize { head += block.prefix(ImportSample.headSize - head.count) }
    }

    /// Lets go of what lies before a place, but for what samples need.
    mutating func forget(before offset: Int) {
        let unwanted = offset - ImportSample.tailSize - start
        guard unwanted > 0 else { return }
        bytes.removeFirst(unwanted)
        start += unwanted
    }

    /// The sample for a place.
    func sample(upTo offset: Int) -> [UInt8] {
        let tailStart = ImportSample.tailStart(offset)
        guard offset > tailStart else { return Array(head.prefix(offset)) }
        return head + bytes[(tailStart - start)..<(offset - start)]
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
