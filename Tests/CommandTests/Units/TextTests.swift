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
        #expect(Style(isColored: true).good("x") == "\u{1B}[32mx\u{1B}[0m")
    }
}
