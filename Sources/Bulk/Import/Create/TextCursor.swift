/// Walks over a short text, byte by byte.
struct TextCursor {
    private let text: UnsafeRawBufferPointer
    private var position = 0

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    var isAtEnd: Bool { position == text.count }
    var next: UInt8? { position < text.count ? text[position] : nil }

    /// Steps over a character; whether it was there.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Steps over one of some characters.
    mutating func take(anyOf characters: Unicode.Scalar...) -> Unicode.Scalar? {
        for character in characters where take(character) { return character }
        return nil
    }

    /// Steps over all digits that follow.
    mutating func digits() -> UnsafeRawBufferPointer {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return UnsafeRawBufferPointer(rebasing: text[start..<position])
    }

    /// Steps over exactly so many digits, which are a number within some bounds.
    mutating func number(digits count: Int, _ bounds: ClosedRange<Int>) -> Int? {
        let found = digits()
        guard found.count == count else { return nil }
        let number = found.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return bounds.contains(number) ? number : nil
    }
}
