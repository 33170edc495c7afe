extension JSONRecord {
    /// The bytes of a piece.
    func bytes(_ piece: JSONMember.Piece) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[piece.start..<piece.start + piece.count])
    }

    /// An error at a position of this line.
    func failure(_ problem: JSONLinesError.Problem, at position: Int) -> JSONLinesError {
        JSONLinesError(
            problem: problem,
            line: line,
            column: position + 1,
            text: String(clipping: bytes, to: 80)
        )
    }

    /// Adds the text that the inside of a string stands for.
    func unescape(_ piece: JSONMember.Piece, into text: inout [UInt8]) throws(JSONLinesError) {
        var position = piece.start
        let end = piece.start + piece.count
        while position < end {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            let letter = bytes[position]
            position += 1
            if letter == UInt8(ascii: "u") {
                let scalar = try scalar(at: &position, end)
                text.append(contentsOf: String(scalar).utf8)
            } else if let meant = Self.escapes[letter] {
                text.append(meant)
            } else {
                throw failure(.badEscape, at: position - 2)
            }
        }
    }

    /// Reads behind `\u`: four digits, or a surrogate pair.
    private func scalar(at position: inout Int, _ end: Int) throws(JSONLinesError) -> Unicode.Scalar {
        let start = position - 2
        guard let high = unit(at: position, end) else { throw failure(.badEscape, at: start) }
        position += 4
        if high == 0 { throw failure(.nulCharacter, at: start) }
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, position + 6 <= end, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u"), let low = unit(at: position + 2, end),
            (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw failure(.badEscape, at: start) }
        position += 6
        return scalar
    }

    private func unit(at position: Int, _ end: Int) -> UInt32? {
        guard position + 4 <= end else { return nil }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]
}
