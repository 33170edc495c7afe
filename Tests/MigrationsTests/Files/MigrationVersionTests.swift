import Migrations
import Testing

@Suite struct MigrationVersionTests {
    @Test(arguments: [
        ("9", "10"), ("1", "20261121093000"), ("007", "8"),
        ("99999999999999999999998", "99999999999999999999999"),
        ("0", "1"), ("1", "1.1"), ("1.9", "1.10"), ("1.10", "2"), ("1.2.3", "1.10.0"), ("0.1", "1"),
    ])
    func `versions are compared as numbers`(small: String, big: String) throws {
        let (small, big) = (try #require(MigrationVersion(small)), try #require(MigrationVersion(big)))
        #expect(small < big)
        #expect(!(big < small))
        #expect(small != big)
    }

    @Test func `leading zeros do not make another version`() throws {
        let (one, other) = (try #require(MigrationVersion("007")), try #require(MigrationVersion("7")))
        #expect(one == other)
        #expect(Set([one, other]).count == 1)
        #expect(one.text == "007")
        #expect(MigrationVersion("1.0.0") == MigrationVersion("1"))
        #expect(MigrationVersion("1.02") == MigrationVersion("1.2"))
        #expect(MigrationVersion("1.20") != MigrationVersion("1.2"))
        #expect(MigrationVersion("0.0") == MigrationVersion("0"))
    }

    @Test(arguments: ["", "1a", "-1", "1.", ".1", "1..2", "1_2", "١"])
    func `other texts are no versions`(text: String) {
        #expect(MigrationVersion(text) == nil)
    }
}
