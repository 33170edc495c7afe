/// The lines behind `COPY ... FROM STDIN;` up to the line `\.`, with either kind of line end.
struct CopyData {
    /// The data lines, their line ends included.
    let range: Range<Int>

    /// The byte behind the line `\.`.
    let next: Int

    init(_ bytes: [UInt8], after semicolon: Int, end: Int, statement: Int) throws(LexicalError) {
        let start = try Self.nextLine(bytes, after: semicolon, end: end)
        var index = start
        while index < end {
            var lineEnd = index
            while lineEnd < end, bytes[lineEnd] != ASCII.newline { lineEnd += 1 }
            if Self.isEndMarker(bytes, index..<lineEnd) {
                range = start..<index
                next = min(lineEnd + 1, end)
                return
            }
            index = lineEnd + 1
        }
        throw LexicalError(.unterminatedCopyData, at: statement, in: bytes)
    }

    /// The rows begin on the next line. What psql takes for nothing may stand before it.
    private static func nextLine(
        _ bytes: [UInt8],
        after semicolon: Int,
        end: Int
    ) throws(LexicalError) -> Int {
        let lineEnd = bytes[semicolon..<end].firstIndex(of: ASCII.newline) ?? end
        var lexer = Lexer(bytes, in: semicolon..<lineEnd)
        let other: Token?
        do {
            other = try lexer.nextSignificant()
        } catch {
            throw LexicalError(.textAfterCopy, at: semicolon, in: bytes)
        }
        if let other { throw LexicalError(.textAfterCopy, at: other.range.lowerBound, in: bytes) }
        return min(lineEnd + 1, end)
    }

    private static func isEndMarker(_ bytes: [UInt8], _ line: Range<Int>) -> Bool {
        let length = line.last.map { bytes[$0] == ASCII.carriageReturn } == true ? line.count - 1 : line.count
        return length == 2 && bytes[line.lowerBound] == ASCII.backslash
            && bytes[line.lowerBound + 1] == ASCII.dot
    }
}
