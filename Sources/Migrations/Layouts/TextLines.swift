/// The lines of a text with their numbers and places; either kind of line end.
struct TextLines: Sequence, IteratorProtocol {
    struct Line {
        /// From 1.
        let number: Int
        /// Its bytes without the line end.
        let range: Range<Int>
        /// The first byte of the next line.
        let next: Int
    }

    private let bytes: [UInt8]
    private var offset = 0
    private var number = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func next() -> Line? {
        guard offset < bytes.count else { return nil }
        let start = offset
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        offset = Swift.min(end + 1, bytes.count)
        number += 1
        let hasReturn = end > start && bytes[end - 1] == UInt8(ascii: "\r")
        return Line(number: number, range: start..<(hasReturn ? end - 1 : end), next: offset)
    }
}

extension [UInt8] {
    /// Whether a line's text is a comment from its first character on.
    func startsComment(_ range: Range<Int>) -> Bool {
        range.count >= 2 && self[range.lowerBound] == UInt8(ascii: "-")
            && self[range.lowerBound + 1] == UInt8(ascii: "-")
    }
}
