import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct BackfillMistakeTests {
    private static let update = "UPDATE item SET label = lower(item.name) FROM chunk WHERE item.id = chunk.id"

    @Test(arguments: [
        (
            "-- tabel: item\n",
            "backfills/b.sql:1: unknown front matter key \"tabel\"; did you mean \"table\"?"
        ),
        ("", "backfills/b.sql:1: the front matter names no table"),
        ("-- table: itme\n", "there is no table itme"),
        ("-- table: item\n-- key: idd\n", "has no column idd"),
        ("-- table: item\n-- key: label\n", "the key column label of"),
        ("-- table: item\n-- key: name\n", "CREATE INDEX CONCURRENTLY"),
        ("-- table: item\n-- where: labl IS NULL\n", "column \"labl\" does not exist"),
        ("-- table: item\n-- lock-timeout: soon\n", "backfills/b.sql:2: \"soon\" is no time"),
    ])
    func `in a definition is told, and nothing is written`(
        _ frontMatter: String,
        _ words: String
    ) async throws {
        try await Samples.createItems(10)
        let project = try Project.onDatabase(["backfills/b.sql": frontMatter + Self.update])
        let result = try await project.caisson("backfill run b")
        expectStatus(1, result)
        #expect(result.errorOutput.contains(words), "\(result.errorOutput)")
        #expect(try await Samples.count("SELECT count(*) FROM item WHERE label IS NOT NULL") == 0)
    }

    @Test(arguments: ["run", "verify", "status"])
    func `in a name is told with the nearest ones`(_ command: String) async throws {
        let project = try Project.onDatabase(Samples.files)
        let result = try await project.caisson("backfill \(command) lable_items")
        expectStatus(1, result)
        #expect(
            result.errorOutput
                == "Error: There is no backfill named lable_items.\nDid you mean label_items?\n"
        )
    }

    @Test(arguments: ["pause", "resume", "cancel"])
    func `steering what was never run is told with the next command`(_ command: String) async throws {
        let result = try await Project.onDatabase(Samples.files).caisson(
            "backfill \(command) label_items --json"
        )
        expectStatus(1, result)
        let message = try #require(try result.jsonLines().first?["message"]?.text)
        #expect(message.hasSuffix("Start it with: caisson backfill run label_items"))
    }

    @Test func `two backfills of one name are a conflict`() async throws {
        let project = try Project.onDatabase(Samples.files)
        try project.write(Samples.label, to: "backfills/other.sql")
        let result = try await project.caisson("backfill list")
        expectStatus(13, result)
        #expect(result.errorOutput.contains("backfills/label_items.sql and backfills/other.sql"))
    }

    @Test func `a folder that does not exist is told when it was named`() async throws {
        let result = try await Project.onDatabase().caisson("backfill list --backfills data/fill")
        expectStatus(1, result)
        #expect(result.errorOutput.contains("There is no folder \"data/fill\" with backfills."))
    }
}
