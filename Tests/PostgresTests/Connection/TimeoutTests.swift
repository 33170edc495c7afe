import Postgres
import Testing

@Suite struct TimeoutTests {
    @Test(arguments: [
        ("500ms", 500), ("5s", 5000), ("5 s", 5000), ("2min", 120_000), ("1h", 3_600_000),
        ("0", 0),
        ("2m", 120_000), ("2147483647ms", 2_147_483_647), ("596h", 2_145_600_000),
    ])
    func `a number and its unit are read`(_ text: String, _ milliseconds: Int) {
        #expect(Timeout(parsing: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "s", "-5s", "5sec", "5 S", "1.5s", "s5", "5s ", "٥s", "500", "5000", "2147483648ms", "597h",
        "00s5",
        "99999999999999999999h",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(Timeout(parsing: text) == nil)
    }

    @Test(arguments: [(Timeout.seconds(5), "5s", "5000ms"), (.milliseconds(1500), "1500ms", "1500ms")])
    func `it is shown for people and for the server`(_ timeout: Timeout, _ shown: String, _ setting: String) {
        #expect(timeout.description == shown)
        #expect(timeout.setting == setting)
        #expect(timeout.seconds == Double(timeout.milliseconds) / 1000)
    }
}
