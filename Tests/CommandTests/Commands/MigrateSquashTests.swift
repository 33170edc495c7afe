import Foundation
import Postgres
import TestSupport
import Testing

/// `migrate squash`, as somebody calls it.
@Suite(.freshDatabase) struct MigrateSquashTests {
    @Test func `migrations become one file, which their database takes over`() async throws {
        let project = try Project.onDatabase(Samples.files)
        expectStatus(0, try await project.caisson("migrate up"))
        let preview = try await project.caisson("migrate squash --to 2 --dry-run")
        expectStatus(0, preview)
        #expect(preview.output.contains("2 migrations would become migrations/2_squashed.sql"))
        #expect(
            project.exists("migrations/1_create_item.sql") && !project.exists("migrations/2_squashed.sql")
        )
        let squashed = try await project.caisson("migrate squash --to 2 --json")
        expectStatus(0, squashed)
        let lines = try squashed.jsonLines()
        #expect(lines.map { $0["event"]?.text } == ["squash.replaces", "squash.replaces", "squash.finished"])
        #expect(project.exists("migrations/squashed_2/1_create_item.sql"))
        let status = try await project.caisson("migrate status --exit-code")
        expectStatus(10, status)
        #expect(status.output.contains("What squashed files replace is applied"))
        let plan = try await project.caisson("migrate up --dry-run --json")
        #expect(try plan.jsonLines().first?["replaces"]?.number == 2)
        let up = try await project.caisson("migrate up")
        expectStatus(0, up)
        #expect(up.output.contains("squashed  2_squashed"))
        expectStatus(0, try await project.caisson("migrate status --exit-code"))
        #expect(try await Samples.count("SELECT count(*) FROM caisson.migration") == 1)
        let down = try await project.caisson("migrate down")
        expectStatus(1, down)
        #expect(down.errorOutput.contains("2_squashed cannot be reverted"))
        expectStatus(0, try await project.caisson("migrate dump"))
        let text = try String(contentsOfFile: project.folder + "/migrations/2_squashed.sql", encoding: .utf8)
        try await withFreshDatabase { _ in
            let fresh = try Project.onDatabase(["migrations/2_squashed.sql": text])
            expectStatus(0, try await fresh.caisson("migrate up"))
            #expect(try await Samples.count("SELECT count(*) FROM item") == 0)
        }
    }

    @Test func `wrong turns of a squash`() async throws {
        let project = try Project.onDatabase(Samples.files)
        expectStatus(0, try await project.caisson("migrate up --to 1"))
        let first = try await project.caisson("migrate squash --to 1")
        expectStatus(1, first)
        #expect(first.errorOutput.contains("1_create_item is the first migration"))
        expectStatus(2, try await project.caisson("migrate squash"))
        expectStatus(2, try await project.caisson("migrate squash --to last"))
        let goose = try Project.onDatabase(["migrations/1_a.sql": "-- +goose Up\nSELECT 1;\n"])
        let layout = try await goose.caisson("migrate squash --to 1")
        expectStatus(1, layout)
        #expect(layout.errorOutput.contains("the files are written for goose"))
        expectStatus(0, try await project.caisson("migrate squash --to 2 --delete"))
        #expect(!project.exists("migrations/squashed_2"))
        let partly = try await project.caisson("migrate up --json")
        expectStatus(13, partly)
        #expect(try partly.jsonLines().last?["message"]?.text?.contains("not applied: 2_create_note") == true)
        expectStatus(13, try await project.caisson("migrate status --exit-code"))
    }

    @Test func `a signal ends a squash, drops its database and changes no file`() async throws {
        let role = "squasher_\(UInt32.random(in: 0...UInt32.max))"
        try await Samples.execute("CREATE ROLE \(identifier: role) LOGIN CREATEDB")
        let url = try TestDatabase.current.connectionString.replacing("//postgres@", with: "//\(role)@")
        let project = try Project(
            [
                "migrations/1_a.sql": "-- migrate:up\nCREATE TABLE a ();\n",
                "migrations/2_slow.sql": "-- migrate:up\nSELECT pg_sleep(60);\n",
            ],
            environment: ["DATABASE_URL": url]
        )
        let tool = try await project.start("migrate squash --to 2")
        let sleeping: SQL = """
            SELECT count(*) FROM pg_stat_activity
            WHERE usename = \(role) AND query LIKE '%pg_sleep(60)%' AND state = 'active'
            """
        try await eventually("the slow migration") { try await Samples.count(sleeping) == 1 }
        tool.send(.terminate)
        expectStatus(143, try await tool.result())
        let left: SQL = "SELECT count(*) FROM pg_database WHERE pg_get_userbyid(datdba) = \(role)"
        #expect(try await Samples.count(left) == 0)
        #expect(project.exists("migrations/1_a.sql") && !project.exists("migrations/2_squashed.sql"))
        try await Samples.execute("DROP ROLE \(identifier: role)")
    }
}
