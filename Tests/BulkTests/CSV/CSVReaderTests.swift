import Bulk
import Testing

struct CSVReaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        let rows: [Fields]
        var testDescription: String { name }

        init(_ name: String, _ text: String, _ rows: [Fields]) {
            (self.name, self.text, self.rows) = (name, text, rows)
        }
    }

    static let cases = [
        Case("plain", "a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        Case("no line end at the end", "a,b\n1,2", [["a", "b"], ["1", "2"]]),
        Case("empty last field, no line end", "a,b\n1,", [["a", "b"], ["1", nil]]),
        Case("CR LF", "a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
        Case("CR", "a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
        Case(
            "mixed line ends",
            "a,b\r1,2\n3,4\r\n5,6",
            [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"]]
        ),
        Case("NULL and the empty text", ",\"\"\n\"\",\n", [[nil, ""], ["", nil]]),
        Case("quotes", "\"a\",\"b,c\"\n", [["a", "b,c"]]),
        Case("doubled quotes", "\"a\"\"b\",\"\"\"\"\n\"\"\"x\"\"\",y", [["a\"b", "\""], ["\"x\"", "y"]]),
        Case("four quotes in a row", "\"\"\"\"\"\",z", [["\"\"", "z"]]),
        Case(
            "line ends in quotes",
            "\"a\nb\",\"c\r\nd\"\n\"e\rf\",g",
            [["a\nb", "c\r\nd"], ["e\rf", "g"]]
        ),
        Case("a delimiter in quotes at the end", "\"a,\",b\n", [["a,", "b"]]),
        Case("a quoted field ends the file", "a,\"b\"", [["a", "b"]]),
        Case("a quoted CR ends a field", "\"a\r\",b\r", [["a\r", "b"]]),
        Case("blank lines", "\n\na,b\n\r\n1,2\n\n", [["a", "b"], ["1", "2"]]),
        Case("one column: empty lines are values", "a\n\nb\n", [["a"], [nil], ["b"]]),
        Case("spaces belong to the field", " a , b \n", [[" a ", " b "]]),
        Case("byte order mark", "\u{FEFF}a,b\n1,2", [["a", "b"], ["1", "2"]]),
        Case("byte order mark, then a quote", "\u{FEFF}\"a\",b", [["a", "b"]]),
        Case("nothing", "", []),
        Case("only a byte order mark", "\u{FEFF}", []),
        Case("one byte", "x", [["x"]]),
        Case("every script", "Ελλάδα,日本\n🏗️,é", [["Ελλάδα", "日本"], ["🏗️", "é"]]),
    ]

    @Test(arguments: cases, [1, 2, 3, 7, Int.max])
    func `records are the same however the bytes are cut`(_ example: Case, _ block: Int) throws {
        #expect(try readCSV(Array(example.text.utf8), block: block) == example.rows)
    }

    @Test func `delimiter and quote can be chosen`() throws {
        var format = CSVFormat()
        format.delimiter = UInt8(ascii: ";")
        format.quote = UInt8(ascii: "'")
        #expect(
            try readCSV(Array("a;'b;''c'''\n\"d\";e".utf8), format: format) == [
                ["a", "b;'c'"], ["\"d\"", "e"],
            ]
        )
    }

    @Test func `without a quote every character but the delimiter is text`() throws {
        var format = CSVFormat()
        format.delimiter = UInt8(ascii: "\t")
        format.quote = nil
        #expect(try readCSV(Array("5\" disk\t\"\n".utf8), format: format) == [["5\" disk", "\""]])
    }

    @Test func `every record knows its line and its bytes`() throws {
        let text = "\u{FEFF}a,b\n\"1\n2\",3\r\n\n\"x\"\"\",y"
        var places: [[Int]] = []
        try forEachRecord(Array(text.utf8), block: 4) { record in
            places.append([record.number, record.line, record.lineCount, record.byteOffset, record.byteCount])
        }
        #expect(places == [[1, 1, 1, 3, 4], [2, 2, 2, 7, 9], [3, 5, 1, 17, 7]])
    }

    @Test func `reading can begin at the offset of any record`() throws {
        let bytes = Array("a,b\n\"1\n2\",3\r\n\n\"x\"\"\",y\n".utf8)
        let whole = try readCSV(bytes)
        var offsets: [Int] = []
        try forEachRecord(bytes) { offsets.append($0.byteOffset) }
        for (index, offset) in offsets.enumerated() {
            #expect(try readCSV(Array(bytes[offset...])) == Array(whole[index...]))
        }
    }

    @Test func `a record much longer than a block is read once it is complete`() throws {
        let long = String(repeating: "é\n", count: 200_000)
        #expect(try readCSV(Array("a,b\n\"\(long)\",c\n".utf8), block: 4096) == [["a", "b"], [long, "c"]])
    }

    @Test func `what the body throws comes out`() throws {
        struct Stop: Error {}
        #expect(throws: Stop.self) { try forEachRecord(Array("a\nb\n".utf8)) { _ in throw Stop() } }
    }
}
