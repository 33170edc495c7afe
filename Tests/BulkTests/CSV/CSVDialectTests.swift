import Testing

@testable import Bulk

/// Files that other programs write, in blocks of all sizes.
@Suite struct CSVDialectTests {
    private static let sizes = [1, 2, 3, 7, .max]

    private func expect(
        _ text: String,
        _ rows: [Fields],
        _ change: (inout CSVFormat) -> Void
    ) throws {
        var format = CSVFormat()
        change(&format)
        for size in Self.sizes {
            #expect(try readCSV(Array(text.utf8), block: size, format: format) == rows, "blocks of \(size)")
        }
    }

    @Test(
        arguments: [
            (#"1,"x \"y\" z""#, ["1", #"x "y" z"#]), (#"1,"a\\""#, ["1", #"a\"#]),
            (#""a\nb",\"#, [#"a\nb"#, #"\"#]),
            (#"\N,"\N""#, [#"\N"#, #"\N"#]), (#""a""b","""""#, [#"a"b"#, #"""#]), (#""\"","""#, [#"""#, ""]),
            ("\"a\\\nb\",c", ["a\\\nb", "c"]), (#""\\\"\\",é"#, [#"\"\"#, "é"]),
            (#""\",\"","""#, [#"",""#, ""]),
        ] as [(String, Fields)]
    )
    func `an escape makes a quote a part of the field, and itself`(_ text: String, _ fields: Fields) throws {
        try expect(text, [fields]) { $0.escape = UInt8(ascii: "\\") }
    }

    @Test func `a quote that is escaped at the end never ends`() {
        var format = CSVFormat()
        format.escape = UInt8(ascii: "\\")
        let error = #expect(throws: CSVError.self) {
            try readCSV(Array("1,\"a\\\"\n2,b\n".utf8), format: format)
        }
        #expect(error?.problem == .unterminatedQuote && error?.line == 1)
    }

    @Test(
        arguments: [
            (" a , b c ,\t", ["a", "b c", nil]), (" \" a \" ,\"b\"\t,c ", [" a ", "b", "c"]),
            (" , \"\" ,", [nil, "", nil]),
            ("é ,\u{00A0}x, y", ["é", "\u{00A0}x", "y"]),
        ] as [(String, Fields)]
    )
    func `blanks around fields can be left out`(_ text: String, _ fields: Fields) throws {
        try expect("\(text)\n  \n\(text)\r\n \t", [fields, fields]) { $0.blanks = .trimmed }
    }

    @Test func `a blank that separates fields is none that is left out`() throws {
        try expect("a\t b\t\tc\n", [["a", "b", nil, "c"]]) { format in
            (format.delimiter, format.blanks) = (UInt8(ascii: "\t"), .trimmed)
        }
        try expect(" a ,b \n", [[" a ", "b "]]) { _ in }
    }

    @Test(arguments: [
        ("# \"one\r\ntwo\u{0}\na,b\n", 2), ("\u{FEFF}one\ra,b\n", 1), ("one\n\n\r\na,b", 3), ("a,b\n", 0),
    ])
    func `lines before the first record may hold anything`(_ text: String, _ lines: Int) throws {
        try expect(text, [["a", "b"]]) { $0.linesBefore = lines }
        var lineOfFirst: Int?
        var format = CSVFormat()
        format.linesBefore = lines
        try forEachRecord(Array(text.utf8), format: format) { lineOfFirst = $0.line }
        #expect(lineOfFirst == lines + 1)
    }

    @Test func `a file of fewer lines than are left out has no records`() throws {
        for text in ["", "a", "a\n", "a\r", "a\nb"] { try expect(text, []) { $0.linesBefore = 2 } }
    }

    @Test func `lines before the first record are left out behind a place among them, too`() throws {
        var format = CSVFormat()
        format.linesBefore = 3
        var found: [[String]] = []
        var reader = try CSVReader(format, at: RecordPosition(offset: 4, line: 2, records: 0), columnCount: 2)
        try reader.feed(Array("x\ny,\"\na,b\n".utf8)) { found.append($0.strings) }
        #expect(found == [["a", "b"]])
    }

    @Test(arguments: [
        (UInt8(ascii: ","), UInt8(ascii: "\"") as UInt8?, CSVFormatError.escapeIsDelimiter(",")),
        (UInt8(ascii: "\\"), nil, .escapeWithoutQuotes("\\")),
        (0, UInt8(ascii: "\""), .unusableCharacter("\0")),
    ])
    func `an escape that cannot be one is refused`(
        _ escape: UInt8,
        _ quote: UInt8?,
        _ problem: CSVFormatError
    ) {
        var format = CSVFormat()
        (format.escape, format.quote) = (escape, quote)
        #expect(throws: problem) { try format.validate() }
    }
}
