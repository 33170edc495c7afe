import TestSupport
import Testing

/// What can be wrong with the folder of migrations; no database is asked.
@Suite struct MigrateFilesTests {
    private let environment = ["DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere"]

    @Test(arguments: [
        ([:], 1, "there is no folder migrations for migrations"),
        (["migrations/README": "nothing"], 1, "there is no migration in migrations"),
        (
            ["migrations/1_a.sql": Samples.createItem, "migrations/01_b.sql": Samples.createNote], 13,
            "is used by migrations/01_b.sql and migrations/1_a.sql"
        ),
        (["migrations/1_a.sql": "-- migrate up\nSELECT 1;"], 1, "migrations/1_a.sql:1: "),
        (["migrations/1_a.sql": "SELECT 1;"], 1, "migrations/1_a.sql"),
        (["migrations/1_a.sql": "-- migrate:up transactions:false\nSELECT 1;"], 1, "migrations/1_a.sql:1: "),
        (["migrations/1_a.sql": "-- migrate:up\nSELECT 'open;"], 1, "migrations/1_a.sql:2: "),
        (["migrations/1_a.down.sql": "SELECT 1;"], 13, "expected migrations/1_a.up.sql"),
    ])
    func `is told with its file`(_ files: [String: String], _ status: Int32, _ words: String) async throws {
        let project = try Project(files, environment: environment)
        let result = try await project.caisson("migrate up")
        expectStatus(status, result)
        #expect(result.errorOutput.contains(words), "\(result.errorOutput)")
    }

    @Test func `another folder is read with --migrations`() async throws {
        let project = try Project(environment: environment)
        let result = try await project.caisson("--migrations db/change migrate up")
        expectStatus(1, result)
        #expect(result.errorOutput.contains("there is no folder db/change"))
    }

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
