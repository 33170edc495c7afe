import Bulk
import Testing

struct CSVErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let problem: CSVError.Problem
        let line: Int
        let column: Int
        var testDescription: String { name }

        init(_ name: String, _ bytes: [UInt8], _ problem: CSVError.Problem, line: Int, column: Int) {
            (self.name, self.bytes, self.problem, self.line, self.column) = (
                name, bytes, problem, line, column
            )
        }

        init(_ name: String, _ text: String, _ problem: CSVError.Problem, line: Int, column: Int) {
            self.init(name, Array(text.utf8), problem, line: line, column: column)
        }
    }

    static let cases = [
        Case("too few", "a,b\n1,2\n3\n", .tooFewFields(expected: 2, found: 1), line: 3, column: 1),
        Case("too many", "a,b\n1,2,3\n", .tooManyFields(expected: 2, found: 3), line: 2, column: 1),
        Case(
            "lines inside quotes count",
            "a,b\n\"1\n\n2\",3\n4\n",
            .tooFewFields(expected: 2, found: 1),
            line: 5,
            column: 1
        ),
        Case("NUL", "a,b\n1,\0\n", .nulByte, line: 2, column: 3),
        Case("NUL in quotes", "a,b\n1,\"x\n\0\"\n", .nulByte, line: 3, column: 1),
        Case("a quote in a bare field", "a,b\n5\" disk,2\n", .quoteInsideField, line: 2, column: 2),
        Case("text behind a quote", "a,b\n\"x\"y,2\n", .textAfterQuote, line: 2, column: 4),
        Case("an open quote", "a,b\n1,\"x\ny\nz", .unterminatedQuote, line: 2, column: 3),
        Case("Latin-1", [0x61, 0x0A, 0xE9, 0x0A], .invalidUTF8(byte: 0xE9), line: 2, column: 1),
        Case(
            "Latin-1 in the second line of a quoted field",
            Array("a\n\"b\ncd".utf8) + [0xFC, 0x22],
            .invalidUTF8(byte: 0xFC),
            line: 3,
            column: 3
        ),
        Case("an overlong form", [0xC0, 0xAF], .invalidUTF8(byte: 0xC0), line: 1, column: 1),
        Case("a surrogate", [0x78, 0xED, 0xA0, 0x80], .invalidUTF8(byte: 0xED), line: 1, column: 2),
        Case("beyond Unicode", [0xF4, 0x90, 0x80, 0x80], .invalidUTF8(byte: 0xF4), line: 1, column: 1),
        Case("a cut sequence", [0x78, 0xE2, 0x82], .invalidUTF8(byte: 0xE2), line: 1, column: 2),
        Case("a stray continuation", [0x80], .invalidUTF8(byte: 0x80), line: 1, column: 1),
        Case("UTF-16", [0xFF, 0xFE, 0x61, 0x00], .utf16, line: 1, column: 1),
    ]

    @Test(arguments: cases, [1, 3, Int.max])
    func `the place is that of the file`(_ example: Case, _ block: Int) throws {
        let error = try #require(throws: CSVError.self) { try readCSV(example.bytes, block: block) }
        #expect(error.problem == example.problem)
        #expect([error.line, error.column] == [example.line, example.column])
    }

    @Test func `a quote that is never closed costs no more memory than the limit`() throws {
        var format = CSVFormat()
        format.maximumRecordSize = 1000
        let text = "a,b\n\"" + String(repeating: "x\n", count: 5000)
        let error = try #require(throws: CSVError.self) {
            try readCSV(Array(text.utf8), block: 100, format: format)
        }
        #expect(error.problem == .recordTooLong(limit: 1000))
        #expect(error.line == 2)
    }

    @Test func `the message names place, reason, text and what to do`() throws {
        let error = try #require(throws: CSVError.self) { try readCSV(Array("a,b\n5\" disk,2\n".utf8)) }
        #expect(
            error.description == """
                line 2, byte 2: a quote inside a field that does not begin with one
                    5" disk,2
                Put the field in quotes and double the quotes inside it, or read the file without quoting (--quote none).
                """
        )
    }

    @Test func `a long record is clipped between two characters`() throws {
        let text = "a,b\n" + String(repeating: "日", count: 40) + "\n"
        let error = try #require(throws: CSVError.self) { try readCSV(Array(text.utf8)) }
        #expect(error.text == String(repeating: "日", count: 26) + "…")
    }

    @Test(arguments: ["", "ab", "é", "\n", "\0"])
    func `what cannot separate fields is refused`(_ text: String) {
        #expect(throws: CSVFormatError.unusableCharacter(text)) { try CSVFormat.character(parsing: text) }
    }

    @Test func `a tab can be written in words`() throws {
        #expect(try CSVFormat.character(parsing: "tab") == 9)
        #expect(try CSVFormat.character(parsing: "\\t") == 9)
        #expect(try CSVFormat.character(parsing: ";") == 59)
    }

    @Test func `one character cannot do both jobs`() {
        var format = CSVFormat()
        format.delimiter = UInt8(ascii: "\"")
        #expect(throws: CSVFormatError.quoteIsDelimiter("\"")) { _ = try CSVReader(format) }
    }
}
