import Postgres
import Testing
import TestSupport

@Suite(.freshDatabase) struct SkippedRowTests {
    @Test func `bad rows are skipped up to the limit, listed, and tried again`() async throws {
        let project = try Project.onDatabase([
            "backfills/divide.sql": """
            -- table: item
            -- verify: SELECT count(*) FROM item WHERE label IS NULL
            UPDATE item SET label = (10 / (item.id - 7))::text FROM chunk WHERE item.id = chunk.id AND item.id <> 8
            """
        ])
        try await Samples.createItems(20)
        try await Samples.execute("UPDATE item SET label = 'kept' WHERE id = 8")

        let stopped = try await project.caisson("backfill run divide --chunk-size 10")
        expectStatus(1, stopped)
        #expect(stopped.errorOutput.contains("the row with key 7 cannot be applied: division by zero"))

        let skipped = try await project.caisson("backfill run divide --chunk-size 10 --max-skipped 1 --json")
        expectStatus(22, skipped)
        #expect(try skipped.jsonLines().last?["rows_skipped"] == .number(1))

        let list = try await project.caisson("backfill skipped divide --json").jsonLines()
        #expect(list.count == 1)
        #expect(list.first?["key"] == .string("7"))
        #expect(list.first?["sqlstate"] == .string("22012"))

        let again = try await project.caisson("backfill retry divide --skipped")
        expectStatus(21, again)
        expectStatus(2, try await project.caisson("backfill retry divide"))
    }
}
