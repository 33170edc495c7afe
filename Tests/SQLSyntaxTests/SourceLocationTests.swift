import SQLSyntax
import Testing

@Suite struct SourceLocationTests {
    @Test(arguments: [
        ("abc", 0, 1, 1), ("abc", 2, 1, 3), ("a\nbc", 2, 2, 1), ("a\r\nbc", 4, 2, 2), ("éé x", 5, 1, 4),
        ("abc", 99, 1, 4),
    ])
    func `a byte has a line and a column`(text: String, offset: Int, line: Int, column: Int) {
        let location = SourceLocation(offset: offset, in: Array(text.utf8))
        #expect([location.line, location.column] == [line, column])
    }

    @Test func `the server's position counts characters of the statement`() {
        let text = "-- ünïcödé\nSELECT 1;\n  select 'ééé😀', oops;"
        let bytes = Array(text.utf8)
        let start = text.utf8.count - "select 'ééé😀', oops;".utf8.count
        let location = SourceLocation(position: 16, ofStatementAt: start, in: bytes)
        #expect(location.description == "3:18")
        #expect(String(decoding: bytes[location.offset...], as: UTF8.self) == "oops;")
    }

    @Test func `the caret stands under the place`() {
        let text = "x\n\tSELECT '東京', e\u{301}, oops FROM t\r\n"
        let bytes = Array(text.utf8)
        let offset = text.utf8.count - "oops FROM t\r\n".utf8.count
        let caret = SourceLocation(offset: offset, in: bytes).caret(in: bytes)
        #expect(caret == "  2 | \tSELECT '東京', e\u{301}, oops FROM t\n    | \t                  ^")
    }

    @Test func `a long line is cut around the place`() {
        let text = String(repeating: "a", count: 500) + "X" + String(repeating: "b", count: 500)
        let caret = SourceLocation(offset: 500, in: Array(text.utf8)).caret(in: Array(text.utf8), width: 20)
        #expect(caret == "  1 | ...aaaaaaaaaaXbbbbbbbbb...\n    | " + String(repeating: " ", count: 13) + "^")
    }

    @Test func `the end of the text has a caret too`() {
        let bytes = Array("SELECT".utf8)
        #expect(SourceLocation(offset: 6, in: bytes).caret(in: bytes) == "  1 | SELECT\n    |       ^")
    }
}
