import Testing

@testable import Bulk

/// Files in the text format of COPY that break a rule, and where.
struct CopyTextReaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let problem: CSVError.Problem
        let line: Int
        let column: Int
        var testDescription: String { String(decoding: bytes, as: UTF8.self).debugDescription }

        init(_ text: String, _ problem: CSVError.Problem, _ line: Int, _ column: Int) {
            self.init(Array(text.utf8), problem, line, column)
        }

        init(_ bytes: [UInt8], _ problem: CSVError.Problem, _ line: Int, _ column: Int) {
            (self.bytes, self.problem, self.line, self.column) = (bytes, problem, line, column)
        }
    }

    static let cases = [
        Case("a\tb\nc\n", .tooFewFields(expected: 2, found: 1), 2, 1),
        Case("a\tb\nc\td\te\n", .tooManyFields(expected: 2, found: 3), 2, 1),
        Case("a\\\nb\tc\nd\n", .tooFewFields(expected: 2, found: 1), 3, 1),
        Case("a\tb\nc\t\0d\n", .nulByte, 2, 3),
        Case("a\tb\nc\t\\\0d\n", .nulByte, 2, 4),
        Case("a\tb\nc\t\\000\n", .escapedByte(0), 2, 3),
        Case("a\tb\nc\tq\\xff\n", .escapedByte(0xFF), 2, 3),
        Case("a\tb\nc\t\\303x\n", .escapedByte(0xC3), 2, 3),
        Case(Array("a\tb\n".utf8) + [0x63, 9, 0xE9, 10], .invalidUTF8(byte: 0xE9), 2, 3),
        Case("a\tb\nc\rd\te\n", .otherLineEnd, 2, 2),
        Case("a\tb\r\nc\nd\te\r\n", .otherLineEnd, 2, 2),
        Case("a\tb\rc\nd\te\r", .otherLineEnd, 2, 2),
        Case("a\tb\nc\td\\", .loneBackslash, 2, 4),
        Case("a\tb\nc\td\\.\n", .endMarkInside, 2, 4),
        Case("a\tb\n\\.x\td\n", .endMarkInside, 2, 1),
        Case("a\tb\n\\.\n\nc\td\n", .dataBehindEnd, 4, 1),
        Case([0xFF, 0xFE, 0x61, 0], .utf16, 1, 1),
    ]

    private static func layout(_ change: (inout FileImport) -> Void = { _ in }) -> CSVFormat {
        var load = FileImport(.standardInput, into: "kept")
        load.format = .text
        change(&load)
        return load.layout
    }

    @Test(arguments: cases, [1, 2, 3, .max])
    func `a mistake is told with its place, wherever the file is cut`(_ wrong: Case, _ block: Int) throws {
        let error = try #require(throws: CSVError.self) {
            try forEachRecord(wrong.bytes, block: block, format: Self.layout()) { _ in }
        }
        #expect(error.problem == wrong.problem)
        #expect(error.line == wrong.line && error.column == wrong.column, "\(error)")
        #expect(!error.description.contains("quote"), "\(error)")
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `lines end as the first one does, up to a mark or the end of the file`(_ end: String) throws {
        for tail in ["", end, "\(end)\\.", "\(end)\\.\(end)", "\(end)\\.\(end)\(end)"] {
            var rows: [[String]] = []
            let text = "a\tb" + end + end + "\\\\.\t\\N" + tail
            try forEachRecord(Array(text.utf8), block: 1, format: Self.layout()) { rows.append($0.strings) }
            #expect(rows == [["a", "b"], ["\\.", "N"]], "\(tail.debugDescription)")
        }
    }

    @Test func `a long value is found to its end, at every place within a word of eight bytes`() throws {
        for length in 0..<40 {
            let text = String(repeating: "w", count: length) + "\t" + String(repeating: "é", count: length)
            var rows: [[String]] = []
            try forEachRecord(Array("\(text)\nx\ty\n".utf8), format: Self.layout()) {
                rows.append($0.strings)
            }
            #expect(
                rows == [
                    text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init),
                    ["x", "y"],
                ]
            )
        }
    }

    @Test func `behind a record that cannot be read comes the next one by the rules of the format`() throws {
        let text = "a\tb\nc\0\\\nstill the same\td\ne\tf\n"
        var reader = try CSVReader(Self.layout())
        var rows: [String] = []
        let error = try #require(throws: CSVError.self) {
            try reader.feed(Array(text.utf8)) { rows.append($0.string(0)) }
        }
        #expect(error.problem == .nulByte)
        reader.skipRecord()
        try reader.finish { record in rows.append("\(record.string(0)) in line \(record.line)") }
        #expect(rows == ["a", "e in line 4"])
    }

    @Test func `delimiters and tokens are refused where the server refuses them`() {
        var format = CopyTextFormat()
        for byte in [UInt8]("\\.az09\n\r\0\u{0}".utf8) {
            format.delimiter = byte
            #expect(throws: CSVFormatError.self) { try format.validate(null: .emptyBareField) }
        }
        for byte in [UInt8]("\t|Z, \u{1F}".utf8) {
            format.delimiter = byte
            #expect(throws: Never.self) { try format.validate(null: .token("\\N")) }
            let token = "x" + String(UnicodeScalar(byte))
            #expect(throws: CSVFormatError.nullHoldsDelimiter(token)) {
                try format.validate(null: .token(token))
            }
        }
    }
}
