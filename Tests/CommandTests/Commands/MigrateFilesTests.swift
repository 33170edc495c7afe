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
}
