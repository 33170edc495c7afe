import Postgres
import Testing

@Suite struct ListingTests {
    @Test func `ten names are named and the others counted`() {
        let names = (1...12).map(String.init)
        #expect(names.prefix(10).map(\.self).listed == "1, 2, 3, 4, 5, 6, 7, 8, 9, 10")
        #expect(names.listed == "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more")
        #expect(names.listedLines.hasSuffix("\n10\nand 2 more"))
        #expect([String]().listed == "")
    }

    @Test(arguments: [
        ("plain", "plain"), ("a\tb\n", "a\tb\n"), ("a\r\nb\rc\r", "a\nb\\x0Dc\\x0D"),
        ("\u{1B}[2J", "\\x1B[2J"),
        ("\u{0}\u{7F}\u{85}", "\\x00\\x7F\\x85"),
        ("\u{202E}\u{2066}\u{200F}\u{61C}", "\\u202E\\u2066\\u200F\\u061C"),
        ("\u{FEFF}\u{E0041}", "\\uFEFF\\U000E0041"), ("日本 é e\u{301} 👩‍👧", "日本 é e\u{301} 👩‍👧"), ("", ""),
    ])
    func `what a terminal would obey is shown`(_ text: String, _ shown: String) {
        #expect(text.visible == shown)
    }

    @Test func `a line of a log is one`() {
        #expect("a\r\nb\tc\u{2028}d".visibleLine == "a\\nb\\tc\\u2028d")
    }
}
