import Testing

@testable import CaissonCLI

@Suite struct TextTests {
    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-12_345, "-12,345"),
    ])
    func `numbers are grouped`(_ number: Int, _ text: String) {
        #expect(Numbers.grouped(number) == text)
    }

    @Test(arguments: [
        (0, "0 ms"), (0.0424, "42 ms"), (1, "1.0 s"), (9.96, "9.9 s"), (12.4, "12 s"), (99.4, "99 s"),
        (100, "1 min 40 s"), (3599.6, "1 h 00 min"), (7500, "2 h 05 min"),
    ])
    func `times are short`(_ seconds: Double, _ text: String) {
        #expect(Numbers.duration(seconds) == text)
    }

    @Test func `columns of a table are aligned`() {
        var table = TextTable(("NAME", .left), ("ROWS", .right))
        table.add("a", "1")
        table.add("longer", "1,000")
        #expect(table.text(.plain) == "NAME     ROWS\na           1\nlonger  1,000")
    }

    @Test func `colours are written only where they are shown`() {
        #expect(Style.plain.good("x") == "x")
        let style = Style(isColored: true)
        #expect(style.rendered(style.good("x") + "y") == "\u{1B}[32mx\u{1B}[0my")
        // The text was made for one stream and is written to another.
        #expect(Style.plain.rendered(style.good("x")) == "x")
    }

    @Test func `a terminal obeys the tool and nobody else`() {
        let style = Style(isColored: true)
        // What marks are made of.
        let stray = Unicode.Scalar(UInt32(0xFDD0)).map { String($0) } ?? ""
        let name = "a\u{1B}[31mb\u{9B}5m\u{202E}c\(stray)\rd\u{301}"
        let shown = style.rendered("\(style.good(name))\n\(name)")
        let plain = "a\\x1B[31mb\\x9B5m\\u202Ec\(stray)\\x0Dd\u{301}"
        #expect(shown == "\u{1B}[32m\(plain)\u{1B}[0m\n\(plain)")
    }

    @Test func `a cell stays in its row`() {
        var table = TextTable(("NAME", .left))
        table.add("a\nb\tc\u{7}")
        #expect(table.text(.plain) == "NAME\na\\nb\\tc\\x07")
    }

    @Test(arguments: [
        ("One. Two.", "One.\nTwo."), ("Is it? Yes, it is! Good.", "Is it?\nYes, it is!\nGood."),
        ("See (e.g. This. Or that) or \"A. B\". End.", "See (e.g. This. Or that) or \"A. B\".\nEnd."),
        ("a.sql:2: no. 5 Main", "a.sql:2: no. 5 Main"), ("  set in. Stays.", "  set in. Stays."),
        ("Version 15.3. Next line\nThird", "Version 15.3.\nNext line\nThird"), ("", ""),
        ("By J. Smith", "By J. Smith"),
    ])
    func `each sentence of a failure has a line`(_ text: String, _ lines: String) {
        #expect(text.sentencePerLine == lines)
        #expect(Failure(outcome: .failed, message: text).message == lines)
    }
}
