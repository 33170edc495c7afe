import Postgres
import TestSupport
import Testing

/// What is shown before anything runs.
@Suite(.freshDatabase) struct MigrateDryRunTests {
    @Test func `a dry run says which repeatable files run again`() async throws {
        let project = try Project.onDatabase([
            "migrations/R__a.sql": "CREATE OR REPLACE VIEW a AS SELECT x FROM b;",
            "migrations/R__b.sql": "DROP VIEW IF EXISTS b CASCADE; CREATE VIEW b AS SELECT 1 AS x;",
        ])
        expectStatus(0, try await project.caisson("migrate up"))
        try project.write(
            "DROP VIEW IF EXISTS b CASCADE; CREATE VIEW b AS SELECT 2 AS x;",
            to: "migrations/R__b.sql"
        )
        let text = try await project.caisson("migrate up --dry-run")
        #expect(text.output.contains("up  R__b  in one transaction, takes along R__a, run again after it\n"))
        let lines = try await project.caisson("migrate up --dry-run --json").jsonLines()
        #expect(lines.map { $0["runs_again"] } == [.array([.string("R__a")]), .array([]), nil])
        expectStatus(0, try await project.caisson("migrate up"))
        #expect(try await Samples.count("SELECT x FROM a") == 2)
    }

    @Test func `a dry run shows Flyway's placeholders, not their values`() async throws {
        let project = try Project.onDatabase([
            "migrations/V1__a.sql": "CREATE TABLE ${name} (a int);",
            "flyway.toml": "[flyway.placeholders]\nname = 'secret'",
        ])
        let preview = try await project.caisson("migrate up --dry-run")
        #expect(preview.output.contains("CREATE TABLE ${name} (a int)"))
        #expect(!preview.output.contains("secret"))
        expectStatus(0, try await project.caisson("migrate up"))
        #expect(try await Samples.count("SELECT count(*) FROM secret") == 0)
        try project.write("SELECT 1;\nSELECT '${nobody}';", to: "migrations/V2__b.sql")
        let refused = try await project.caisson("migrate up")
        #expect(
            refused.errorOutput.contains(
                "migrations/V2__b.sql:2: there is no value for the placeholder ${nobody}"
            )
        )
    }
}
