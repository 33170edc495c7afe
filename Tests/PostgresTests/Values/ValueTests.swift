import Foundation
import Postgres
import Testing

@Suite struct ValueTests {
    @Test(arguments: [
        ("007", "7"), ("+1", "1"), (".5", "0.5"), ("5.", "5"), ("-0", "0"), ("-0.00", "0.00"),
        ("1.10", "1.10"), ("-00.5", "-0.5"), ("0", "0"),
    ])
    func `a number is written in one way`(_ text: String, _ written: String) {
        #expect(PostgresNumeric(text)?.description == written)
    }

    @Test(arguments: ["", ".", "-", "1e5", "1 ", "1.2.3", "0x1", "١", "--1", "+-1", "nan", "1,5"])
    func `what is no number is refused`(_ text: String) {
        #expect(PostgresNumeric(text) == nil)
    }

    @Test func `numbers and Foundation's decimals are exact, or nothing`() throws {
        let decimal = try #require(Decimal(string: "-12345678901234567890.0123456789"))
        #expect(PostgresNumeric(decimal).description == "-12345678901234567890.0123456789")
        #expect(PostgresNumeric("1.500")?.decimal == Decimal(string: "1.5"))
        #expect(PostgresNumeric(String(repeating: "7", count: 60))?.decimal == nil)
        #expect(PostgresNumeric(Int64.min).description == "-9223372036854775808")
        #expect(PostgresNumeric("NaN")?.decimal == nil)
    }

    @Test(arguments: [
        (2023, 2, 29), (1900, 2, 29), (2024, 13, 1), (2024, 0, 1), (2024, 4, 31), (2024, 1, 0),
        (5_874_898, 1, 1),
    ])
    func `a day that does not exist is refused`(_ year: Int, _ month: Int, _ day: Int) {
        #expect(PostgresDate(year: year, month: month, day: day) == nil)
    }

    @Test func `a day's parts are those it was made of`() throws {
        let date = try #require(PostgresDate(year: 2024, month: 2, day: 29))
        #expect(date.parts == (2024, 2, 29) && date.daysSince2000 == 8825)
        #expect(PostgresTime(hour: 24, minute: 0, second: 1) == nil)
        #expect(PostgresTime(hour: 9, minute: 5)?.parts.minute == 5)
    }

    @Test(arguments: ["2024-2-3", "2024-02-30", "20240203", "2024-02-03x", "x", ""])
    func `what is no day is refused`(_ text: String) {
        #expect(PostgresDate(text) == nil)
    }

    @Test(arguments: ["", "1", "1 week", "x days", "1 day 2", "00:00", "1 day 00:61:00"])
    func `what is no interval is refused`(_ text: String) {
        #expect(PostgresInterval(text) == nil)
    }
}
