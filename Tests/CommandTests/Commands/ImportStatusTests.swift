import Foundation
import Postgres
import TestSupport
import Testing

/// What was imported, and what is not finished.
@Suite(.freshDatabase) struct ImportStatusTests {
    /// Many small rows, of which one far behind cannot be stored.
    private static let stopping =
        "id,name\n" + (1...60_000).map { "\($0 == 50_000 ? "x" : "\($0)"),some longer name\n" }.joined()

    private func project() async throws -> Project {
        try await Samples.execute("CREATE TABLE place (id int, name text)")
        return try Project.onDatabase([
            "whole.csv": "id,name\n1,a\n2,b\n", "bad.csv": "id,name\n1,a\nx,b\n3,c\n",
            "stops.csv": Self.stopping,
        ])
    }

    @Test func `imports are listed with what became of them`() async throws {
        let project = try await project()
        let nothing = try await project.caisson("import status")
        expectStatus(0, nothing)
        #expect(nothing.output.contains("No file was imported here yet"))
        #expect(try await project.caisson("status").output.contains("imports") == false)

        expectStatus(0, try await project.caisson("import whole.csv --into place"))
        expectStatus(21, try await project.caisson("import bad.csv --into place --max-skipped 1"))
        expectStatus(1, try await project.caisson("import stops.csv --into place --chunk-size 256"))
        let runs = try await project.caisson("import status --json").jsonLines()
        #expect(runs.map { $0["state"] } == ["running", "completed", "completed"].map { .string($0) })
        #expect(runs.map { $0["rows_left_out"] } == [0, 1, 0].map { .number($0) })
        #expect(runs[2]["rows_stored"] == .number(2) && runs[2]["table"] == .string("public.place"))

        let text = try await project.caisson("import status --into place")
        expectStatus(0, text)
        #expect(text.output.contains("not finished, line "), "\(text.output)")
        #expect(text.output.contains("goes on with the command that began it"))
        #expect(try await project.caisson("import status --into public.other").output.contains("No file was"))

        let overview = try await project.caisson("status --exit-code")
        expectStatus(10, overview)
        #expect(overview.output.contains("imports     2 files imported, 1 not finished, 1 row left out"))
        let counts = try #require(
            try await project.caisson("status --json").jsonLines().first {
                $0["event"] == .string("import.counts")
            }
        )
        #expect(counts["unfinished"] == .number(1) && counts["imported"] == .number(2))
    }

    @Test func `tables of an older program are looked at as they are`() async throws {
        let project = try await project()
        expectStatus(21, try await project.caisson("import bad.csv --into place --max-skipped 1"))
        try await Samples.execute(
            "ALTER TABLE caisson.import_run DROP COLUMN rows_settled, DROP COLUMN rows_dropped"
        )
        try await Samples.execute("UPDATE caisson.component SET version = 3 WHERE name = 'imports'")
        let runs = try await project.caisson("import status --json").jsonLines()
        #expect(runs.map { $0["rows_left_out"] } == [.number(1)])
        #expect(try await Samples.count("SELECT version FROM caisson.component WHERE name = 'imports'") == 3)
    }
}
