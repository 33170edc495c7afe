import TestSupport
import Testing

/// A program of an older version meets a database that a newer one has migrated.
@Suite(.freshDatabase) struct OlderProgramTests {
    /// A project whose second migration is applied and then taken away.
    private static func older(
        _ second: String = "-- migrate:up\nCREATE TABLE t2 (i int);"
    ) async throws -> Project {
        let project = try Project.onDatabase([
            "migrations/1_t.sql": "-- migrate:up\nCREATE TABLE t1 (i int);", "migrations/2_t.sql": second,
        ])
        expectStatus(0, try await project.caisson("migrate up"))
        try project.remove("migrations/2_t.sql")
        return project
    }

    @Test func `it has nothing to do, and says so`() async throws {
        let project = try await Self.older()
        for command in [
            "migrate up", "migrate up --dry-run", "migrate status --exit-code", "status --exit-code",
        ] {
            expectStatus(0, try await project.caisson(command))
        }
        let up = try await project.caisson("migrate up")
        #expect(up.output.contains("The ledger knows 1 newer migration of which there is no file here: 2_t."))
        let status = try await project.caisson("migrate status")
        #expect(status.output.contains("newer    2        t"))
        #expect(status.output.contains("1 applied, 1 newer"))
        #expect(try await project.caisson("migrate up --json").jsonLines().last?["newer"]?.number == 1)
    }

    @Test func `the next newer program goes on where it was`() async throws {
        let project = try await Self.older()
        let refused = try await project.caisson("migrate accept 2 --reason rolled-back")
        expectStatus(1, refused)
        #expect(refused.errorOutput.contains("would then apply it once more"))
        try project.write("-- migrate:up\nCREATE TABLE t2 (i int);", to: "migrations/2_t.sql")
        try project.write("-- migrate:up\nCREATE TABLE t3 (i int);", to: "migrations/3_t.sql")
        let up = try await project.caisson("migrate up")
        expectStatus(0, up)
        #expect(up.output.contains("3_t") && !up.output.contains("2_t"))
    }

    @Test func `one that cannot work with the database any more is refused`() async throws {
        let project = try await Self.older("-- migrate:up breaks-before:2\nALTER TABLE t1 DROP COLUMN i;")
        let refused = try await project.caisson("migrate up")
        expectStatus(13, refused)
        #expect(
            refused.errorOutput.contains(
                "no program whose newest migration is older than 2 can work with that: here it is 1."
            )
        )
        expectStatus(13, try await project.caisson("migrate status --exit-code"))
        // What it names leads on.
        try project.write(
            "-- migrate:up breaks-before:2\nALTER TABLE t1 DROP COLUMN i;",
            to: "migrations/2_t.sql"
        )
        expectStatus(0, try await project.caisson("migrate up"))
    }

    @Test func `a floor outlives a squash`() async throws {
        let project = try Project.onDatabase([
            "migrations/1_t.sql": "-- migrate:up\nCREATE TABLE t1 (i int);",
            "migrations/2_t.sql": "-- migrate:up breaks-before:2\nALTER TABLE t1 DROP COLUMN i;",
            "migrations/3_t.sql": "-- migrate:up\nCREATE TABLE t3 (i int);",
        ])
        expectStatus(0, try await project.caisson("migrate squash --to 3"))
        expectStatus(0, try await project.caisson("migrate up"))
        try project.remove("migrations/3_squashed.sql")
        try project.write("-- migrate:up\nCREATE TABLE t1 (i int);", to: "migrations/1_t.sql")
        let refused = try await project.caisson("migrate up")
        expectStatus(13, refused)
        #expect(refused.errorOutput.contains("older than 2"))
    }

    @Test func `a dump is not loaded with the files of an older program`() async throws {
        let project = try await Self.older()
        let dumped = try await project.caisson("migrate dump --output -")
        try await withFreshDatabase { _ in
            let fresh = try Project.onDatabase([
                "migrations/1_t.sql": "-- migrate:up\nCREATE TABLE t1 (i int);"
            ])
            let refused = try await fresh.caisson("migrate load -", input: dumped.output)
            expectStatus(13, refused)
            #expect(refused.errorOutput.contains("2_t was applied, but its file is not here"))
        }
    }
}
