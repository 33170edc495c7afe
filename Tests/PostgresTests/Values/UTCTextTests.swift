import Foundation
import Postgres
import Testing

@Suite struct UTCTextTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"),
        (946_684_799.5, "1999-12-31T23:59:59Z"),
        (946_684_800, "2000-01-01T00:00:00Z"),
        (1_795_297_116.995_836, "2026-11-21T21:38:36Z"),
        (1_709_164_800, "2024-02-29T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ])
    func `a date is written in UTC, to the second`(seconds: Double, text: String) {
        #expect(Date(timeIntervalSince1970: seconds).utcText == text)
    }

    @Test func `it is what Foundation writes`() {
        for seconds in stride(from: -2e9, through: 8e9, by: 12_345_678.9) {
            let date = Date(timeIntervalSince1970: seconds)
            #expect(date.utcText == date.ISO8601Format())
        }
    }

    @Test func `a date beyond all calendars is no crash`() {
        #expect(Date(timeIntervalSince1970: .infinity).utcText == "inf")
        #expect(Date(timeIntervalSince1970: 1e300).utcText == "1e+300")
    }
}
