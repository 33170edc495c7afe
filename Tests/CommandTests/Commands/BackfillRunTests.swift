import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct BackfillRunTests {
    private static let finishedNames = [
        "chunks", "event", "name", "rows_changed", "rows_scanned", "rows_skipped", "seconds", "state",
    ]

    @Test func `a run ends with the line that scripts rely on`() async throws {
        try await Samples.createItems(2000)
        let project = try Project.onDatabase(Samples.files)
        let result = try await project.caisson("backfill run label_items --json --chunk-size 500")
        expectStatus(0, result)
        #expect(result.errorOutput == "")
        let lines = try result.jsonLines()
        #expect(lines.first?["event"] == .string("backfill.started"))
        #expect(lines.count { $0["event"] == .string("backfill.chunk") } == 4)
        let last = try #require(lines.last)
        #expect(last.names == Self.finishedNames)
        #expect(last["event"] == .string("backfill.finished"))
        #expect(last["name"] == .string("label_items"))
        #expect(last["state"] == .string("verified"))
        #expect(last["rows_scanned"] == .number(2000))
        #expect(last["rows_changed"] == .number(2000))
        #expect(last["rows_skipped"] == .number(0))
        #expect(last["chunks"] == .number(4))
        #expect(
            result.output.contains("{\"event\":\"backfill.finished\",\"name\":\"label_items\",\"state\":")
        )
    }

    @Test func `text for people names the sums and no escape sequences`() async throws {
        try await Samples.createItems(100)
        let result = try await Project.onDatabase(Samples.files).caisson(
            "backfill run label_items --workers 2"
        )
        expectStatus(0, result)
        let lines = result.output.split(separator: "\n")
        #expect(lines.first == "label_items  started: about 100 rows in 1 range")
        #expect(
            lines.last?.hasPrefix("label_items  verified  100 rows scanned, 100 changed, 1 chunk in ") == true
        )
        #expect(!result.output.contains("\u{1B}") && !result.output.contains("\r"))
    }

    @Test func `a quiet run writes nothing`() async throws {
        try await Samples.createItems(100)
        let project = try Project.onDatabase(Samples.files)
        #expect(
            try await project.caisson("backfill run label_items --quiet") == ToolResult(ending: .exited(0))
        )
        #expect(try await Samples.count("SELECT count(*) FROM item WHERE label IS NULL") == 0)
    }

    @Test func `a dry run shows row by row what changes and writes nothing`() async throws {
        try await Samples.createItems(20)
        let project = try Project.onDatabase(Samples.files)
        let text = try await project.caisson("backfill run label_items --dry-run")
        expectStatus(0, text)
        #expect(text.output.contains("  id=1   label   null  \"item 1\"\n"))
        #expect(text.output.contains("and 10 more rows of this chunk"))
        let lines = try await project.caisson("backfill run label_items --dry-run --json --chunk-size 2")
            .jsonLines()
        #expect(lines.count == 3)
        #expect(lines[0]["key"] == .object(["id": .number(1)]))
        #expect(
            lines[0]["columns"]
                == .array([
                    .object(["column": .string("label"), "old": .null, "new": .string("item 1")])
                ])
        )
        #expect(lines[2]["event"] == .string("backfill.dry_run"))
        #expect(lines[2]["rows_changed"] == .number(2))
        #expect(try await Samples.count("SELECT count(*) FROM item WHERE label IS NOT NULL") == 0)
        #expect(try await Samples.count("SELECT count(*) FROM pg_namespace WHERE nspname = 'caisson'") == 0)
    }

    @Test func `a verification that fails is code 22`() async throws {
        try await Samples.createItems(10)
        let project = try Project.onDatabase(Samples.files)
        try project.write(
            Samples.label.replacing("WHERE label IS NULL\nUPDATE", with: "\nUPDATE"),
            to: "backfills/label_items.sql"
        )
        let result = try await project.caisson("backfill run label_items --json")
        expectStatus(22, result)
        let lines = try result.jsonLines()
        #expect(lines.last?["state"] == .string("completed"))
        #expect(lines.dropLast().last?["code"] == .number(22))
        let verify = try await project.caisson("backfill verify label_items")
        expectStatus(22, verify)
        #expect(verify.errorOutput.contains("the verify query returned 10 instead of 0"))
        try await Samples.execute("DELETE FROM item")
        expectStatus(0, try await project.caisson("backfill verify label_items"))
    }

    @Test func `several backfills run in the order given`() async throws {
        try await Samples.createItems(10)
        let project = try Project.onDatabase(Samples.files)
        try project.write(
            "-- table: item\nUPDATE item SET name = upper(item.name) FROM chunk WHERE item.id = chunk.id",
            to: "backfills/shout.sql"
        )
        let lines = try await project.caisson("backfill run shout label_items --json").jsonLines()
        let finished = lines.filter { $0["event"] == .string("backfill.finished") }
        #expect(finished.map { $0["name"]?.text } == ["shout", "label_items"])
        #expect(finished.map { $0["state"]?.text } == ["completed", "verified"])
    }

    @Test func `a definition that changed on the way is code 13, until accepted`() async throws {
        try await Samples.createItems(10)
        let project = try Project.onDatabase(Samples.files)
        expectStatus(0, try await project.caisson("backfill run label_items"))
        try project.write(Samples.label.replacing("lower", with: "upper"), to: "backfills/label_items.sql")
        let refused = try await project.caisson("backfill run label_items")
        expectStatus(13, refused)
        #expect(refused.errorOutput.contains("caisson backfill run label_items --accept-change"))
        expectStatus(0, try await project.caisson("backfill run label_items --restart"))
    }
}
