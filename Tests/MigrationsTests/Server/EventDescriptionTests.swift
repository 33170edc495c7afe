import TestSupport
import Testing

@testable import Migrations

/// Applications write events into their logs.
@Suite(.freshDatabase) struct EventDescriptionTests {
    @Test func `an event is a line, without the text of a file and the values of its placeholders`() throws {
        let fixture = try MigrationFixture([
            "V1__token.sql":
                "CREATE TABLE token (v text DEFAULT '${apikey}');\nDO 'BEGIN RAISE NOTICE ''a\nb''; END';",
            "flyway.conf": "flyway.placeholders.apikey=sk-verysecret",
        ])
        let outcome = try fixture.run()
        #expect(fixture.events.count >= 6)
        var described = fixture.events.map { "\($0)" } + ["\(outcome)"]
        #expect(described.first == "up 1_token started")
        #expect(described.contains("up 1_token, NOTICE: a\\nb"))
        #expect(described.last == "1 migration run")
        #expect(described.allSatisfy { !$0.contains("\n") })
        described += fixture.events.map { String(reflecting: Optional($0)) }
        for event in fixture.events {
            var dumped = ""
            dump(event, to: &dumped)
            described.append(dumped)
        }
        for text in described {
            #expect(!text.contains("sk-verysecret") && !text.contains("CREATE TABLE"), "\(text)")
        }
    }
}
