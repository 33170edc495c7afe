@testable import Bulk

/// CSV read as plainly as can be: all of the file at once, a byte at a time, up to the first mistake.
///
/// What the reader is compared with. It shares nothing with it but the format and the names of mistakes.
struct PlainCSV {
    /// A mistake at a byte of the file.
    struct Mistake: Error {
        let problem: CSVError.Problem
        let place: Int
    }

    private let bytes: [UInt8]
    private let format: CSVFormat
    private var place = 0

    private(set) var records: [FuzzedRecord] = []
    private(set) var mistake: Mistake?
    /// Where the first record begins, or the one that holds the mistake.
    private(set) var start = 0
    private var columnCount: Int?

    init(_ bytes: [UInt8], _ format: CSVFormat, columnCount: Int?) {
        (self.bytes, self.format, self.columnCount) = (bytes, format, columnCount)
        do {
            try skipMark()
            for _ in 0..<format.linesBefore { skipLine() }
            while place < bytes.count { try record() }
        } catch let found as Mistake {
            mistake = found
        } catch {}
    }

    /// The lines that begin before or at a byte: LF, CR LF and a CR alone end one.
    static func line(at offset: Int, in bytes: [UInt8]) -> Int {
        1 + (0..<offset).count { isLineEnd(at: $0, in: bytes) }
    }

    /// Whether a byte is the last of a line end.
    static func isLineEnd(at index: Int, in bytes: [UInt8]) -> Bool {
        if bytes[index] == newline { return true }
        return bytes[index] == carriageReturn && !(index + 1 < bytes.count && bytes[index + 1] == newline)
    }

    /// The place of the mistake in the words of the reader.
    var mistakePlace: (line: Int, column: Int)? {
        guard let mistake else { return nil }
        let lineStart = (start..<mistake.place).last { Self.isLineEnd(at: $0, in: bytes) }.map { $0 + 1 }
        return (Self.line(at: mistake.place, in: bytes), mistake.place - (lineStart ?? start) + 1)
    }

    private static let (newline, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    private static let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }
    private var isAtLineEnd: Bool { next == nil || next == Self.newline || next == Self.carriageReturn }

    private mutating func skipMark() throws {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw Mistake(problem: .utf16, place: 0)
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
        start = place
    }

    private mutating func skipLine() {
        while !isAtLineEnd { place += 1 }
        takeLineEnd()
        start = place
    }

    private mutating func takeLineEnd() {
        if next == Self.carriageReturn {
            place += 1
            if next == Self.newline { place += 1 }
        } else if next == Self.newline {
            place += 1
        }
    }

    private mutating func record() throws {
        start = place
        var fields = [try field()]
        while next == format.delimiter {
            place += 1
            fields.append(try field())
        }
        let content = bytes[start..<place]
        let begin = start
        takeLineEnd()
        let isTrimmed = format.blanks == .trimmed && fields == [FuzzedField(bytes: [])]
        if columnCount != 1, content.isEmpty || isTrimmed { return }
        try check(content, fields.count)
        records.append(
            FuzzedRecord(offset: begin, line: Self.line(at: begin, in: bytes), fields: fields)
        )
    }

    private mutating func check(_ content: ArraySlice<UInt8>, _ found: Int) throws {
        if let place = Self.firstInvalidByte(content) {
            throw Mistake(problem: .invalidUTF8(byte: bytes[place]), place: place)
        }
        let expected = columnCount ?? found
        columnCount = expected
        if found < expected {
            throw Mistake(problem: .tooFewFields(expected: expected, found: found), place: start)
        }
        if found > expected {
            throw Mistake(problem: .tooManyFields(expected: expected, found: found), place: start)
        }
    }

    /// By the standard library, which knows what UTF-8 is.
    static func firstInvalidByte(_ bytes: ArraySlice<UInt8>) -> Int? {
        var place = bytes.startIndex
        while place < bytes.endIndex {
            let length = (1...4).first { length in
                place + length <= bytes.endIndex
                    && String(validating: bytes[place..<place + length], as: UTF8.self) != nil
            }
            guard let length else { return place }
            place += length
        }
        return nil
    }

    private mutating func field() throws -> FuzzedField {
        skipBlanks()
        guard let quote = format.quote, next == quote else { return try bareField() }
        let field = try quotedField(quote)
        skipBlanks()
        guard isAtLineEnd || next == format.delimiter else {
            throw Mistake(problem: next == 0 ? .nulByte : .textAfterQuote, place: place)
        }
        return field
    }

    private mutating func skipBlanks() {
        guard format.blanks == .trimmed else { return }
        while let byte = next, byte != format.delimiter, byte != format.quote, Self.blanks.contains(byte) {
            place += 1
        }
    }

    private mutating func bareField() throws -> FuzzedField {
        var field = FuzzedField(bytes: [])
        while !isAtLineEnd, let byte = next, byte != format.delimiter {
            if byte == 0 { throw Mistake(problem: .nulByte, place: place) }
            if byte == format.quote { throw Mistake(problem: .quoteInsideField, place: place) }
            field.bytes.append(byte)
            place += 1
        }
        guard format.blanks == .trimmed else { return field }
        while let last = field.bytes.last, Self.blanks.contains(last), last != format.escape {
            field.bytes.removeLast()
        }
        return field
    }

    private mutating func quotedField(_ quote: UInt8) throws -> FuzzedField {
        let opening = place
        var field = FuzzedField(bytes: [], isQuoted: true)
        place += 1
        while let byte = next {
            let follower = place + 1 < bytes.count ? bytes[place + 1] : nil
            if byte == 0 { throw Mistake(problem: .nulByte, place: place) }
            let escapes = byte == format.escape && (follower == quote || follower == byte)
            if escapes || byte == quote && follower == quote {
                field.bytes.append(follower ?? byte)
                place += 2
            } else if byte == quote {
                place += 1
                return field
            } else {
                field.bytes.append(byte)
                place += 1
            }
        }
        throw Mistake(problem: .unterminatedQuote, place: opening)
    }
}
