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
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                position += 1
                continue
            }
            guard let escape = JSONEscape(at: position, in: bytes) else {
                throw failure(.badEscape, at: position)
            }
            if escape.scalar == "\0" { throw failure(.nulCharacter, at: position) }
            text.append(contentsOf: UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter)
            position += escape.length
        }
    }
}
