/// The lines behind `COPY ... FROM STDIN;` up to the line `\.`, with either kind of line end.
struct CopyData {
    /// The data lines, their line ends included.
    let range: Range<Int>

    /// The byte behind the line `\.`.
    let next: Int

    init(_ bytes: [UInt8], after semicolon: Int, end: Int, statement: Int) throws(LexicalError) {
        var index = semicolon
        while index < end, bytes[index] != ASCII.newline {
            guard bytes[index].isSQLSpace else { throw LexicalError(.textAfterCopy, at: index, in: bytes) }
            index += 1
        }
        let start = min(index + 1, end)
        index = start
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

    private static func isEndMarker(_ bytes: [UInt8], _ line: Range<Int>) -> Bool {
        let length = line.last.map { bytes[$0] == ASCII.carriageReturn } == true ? line.count - 1 : line.count
        return length == 2 && bytes[line.lowerBound] == ASCII.backslash
            && bytes[line.lowerBound + 1] == ASCII.dot
    }
}
