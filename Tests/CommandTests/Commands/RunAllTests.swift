import Postgres
import Testing
import TestSupport

@Suite(.freshDatabase) struct RunAllTests {
    @Test func `all leaves out what is compiled in for another database, and says so`() async throws {
        let project = try Project.onDatabase(Samples.files)
        try await Samples.createItems(10)

        let result = try await project.example("backfill run --all")

        expectStatus(0, result)
        #expect(result.output.contains("split_alternate_names  left out: it is compiled in"))
        #expect(result.output.contains("label_items  verified  10 rows scanned, 10 changed"))
        let again = try await project.caisson("backfill run label_items")
        #expect(again.output.contains("label_items  verified before, nothing to do."))
    }

    @Test func `the program has no backfills of its own`() async throws {
        let project = try Project.onDatabase(Samples.files)
        try await Samples.execute("CREATE TABLE city (id bigint PRIMARY KEY, alternate_names text)")
        try await Samples.createItems(10)

        #expect(try await !project.caisson("backfill list").output.contains("split_alternate_names"))
        let result = try await project.caisson("backfill run --all")

        expectStatus(0, result)
        #expect(!result.output.contains("split_alternate_names"))
    }

    @Test func `a SQL file whose table is missing is an error for all too`() async throws {
        let result = try await Project.onDatabase(Samples.files).caisson("backfill run --all")
        expectStatus(1, result)
        #expect(result.errorOutput.contains("there is no table item"))
    }
}
