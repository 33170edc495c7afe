import TestSupport
import Testing

@testable import Migrations

/// What a squashed file means, without a server.
struct SquashPlanTests {
    private static let old = [
        "1_a.sql": "-- migrate:up\nCREATE TABLE a ();", "2_b.sql": "-- migrate:up\nCREATE TABLE b ();",
        "3_c.sql": "-- migrate:up\nCREATE TABLE c ();",
    ]

    private func migrations(_ files: [String: String]) throws -> [Migration] {
        let listing = FolderListing(path: "migrations", files: files.mapValues { Array($0.utf8) })
        return try MigrationDirectory(listing, layout: .native).migrations
    }

    private func rows(_ migrations: [Migration]) -> [AppliedMigration] {
        migrations.map { MigrationFingerprint($0).applied }
    }

    /// The folder after versions 1 and 2 were squashed, with the line ends of any system.
    private func squashed(lineEnd: String = "\n") throws -> [Migration] {
        let replaced = try migrations(Self.old).prefix(2).map(MigrationFingerprint.init)
        let text =
            "-- migrate:up\n" + SquashHeader.lines(replaced) + "\nCREATE TABLE a ();\nCREATE TABLE b ();\n"
        return try migrations([
            "2_squashed.sql": text.replacing("\n", with: lineEnd), "3_c.sql": Self.old["3_c.sql"] ?? "",
        ])
    }

    private func states(_ files: [Migration], _ rows: [AppliedMigration]) -> [String] {
        MigrationPlan.statuses(available: files, applied: rows).map { "\($0.identity) \($0.state.word)" }
    }

    @Test(arguments: ["\n", "\r\n"])
    func `a program from before the squash finds its files in the row of the squashed one`(
        lineEnd: String
    ) throws {
        let old = try migrations(Self.old)
        let rows = try squashed(lineEnd: lineEnd).map { file in
            AppliedMigration(
                identity: file.identity,
                name: file.name,
                checksum: file.checksum,
                normalizedChecksum: file.normalizedChecksum,
                upText: file.up.text
            )
        }
        #expect(states(old, rows) == ["1 applied", "2 applied", "3 applied"])
        #expect(states(Array(old.prefix(2)), rows) == ["1 applied", "2 applied", "3 newer"])
        let edited = try migrations(Self.old.merging(["1_a.sql": "-- migrate:up\nCREATE TABLE x ();"]) { $1 })
        #expect(states(edited, rows) == ["1 late", "2 applied", "3 applied"])
    }

    @Test(arguments: ["\n", "\r\n"])
    func `a squashed file says what it replaces`(lineEnd: String) throws {
        let files = try squashed(lineEnd: lineEnd)
        #expect(files[0].replaces.map(\.label) == ["1_a", "2_b"])
        #expect(files[0].replaces.first?.checksum == (try migrations(Self.old))[0].checksum)
        #expect(files[1].replaces.isEmpty)
    }

    @Test func `a fresh database runs it`() throws {
        let plan = try MigrationPlan(.up(.latest), available: try squashed(), applied: [])
        #expect(plan.steps.map(\.label) == ["2_squashed", "3_c"])
        #expect(plan.steps.allSatisfy { $0.replaced.isEmpty })
        #expect(plan.steps[0].remainingStatements == 2)
    }

    @Test(arguments: [2, 3])
    func `a database that has all of it records it and runs nothing of it`(count: Int) throws {
        let rows = rows(Array(try migrations(Self.old).prefix(count)))
        let files = try squashed()
        #expect(states(files, rows) == ["2 squashed", count == 2 ? "3 pending" : "3 applied"])
        let plan = try MigrationPlan(.up(.latest), available: files, applied: rows)
        #expect(plan.steps.map(\.label) == (count == 2 ? ["2_squashed", "3_c"] : ["2_squashed"]))
        #expect(plan.steps[0].replaced.map(\.label) == ["1_a", "2_b"])
        #expect(plan.steps[0].remainingStatements == 0)
    }

    @Test func `a database that has recorded it has it applied`() throws {
        let files = try squashed()
        #expect(states(files, rows(files)) == ["2 applied", "3 applied"])
    }

    @Test func `a database that has a part of it is refused with what is missing`() throws {
        let rows = rows(Array(try migrations(Self.old).prefix(1)))
        let files = try squashed()
        #expect(states(files, rows) == ["2 partial", "3 pending"])
        let error = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(.up(.latest), available: files, applied: rows)
        }
        #expect(
            error.description.contains("replaces 2 migrations, and this database has only a part of them")
        )
        #expect(error.description.contains("not applied: 2_b"))
        #expect(error.description.contains("caisson migrate up --migrations DIR"))
    }

    @Test func `a database that has applied another text is refused`() throws {
        var old = Self.old
        old["1_a.sql"] = "-- migrate:up\nCREATE TABLE other ();"
        let rows = rows(try migrations(old))
        let error = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(.up(.latest), available: try squashed(), applied: rows)
        }
        #expect(error.description.contains("applied with another text: 1_a"))
        #expect(!error.description.contains("not applied"))
    }

    @Test func `a comment in an old file makes no difference`() throws {
        var old = Self.old
        old["1_a.sql"] = "-- migrate:up\n-- why\nCREATE TABLE a ();"
        #expect(states(try squashed(), rows(try migrations(old))) == ["2 squashed", "3 applied"])
    }

    @Test func `what is squashed cannot be reverted, recorded or not`() throws {
        let files = try squashed()
        let last = try migrations(Self.old)[1]
        let old = AppliedMigration(
            identity: last.identity,
            name: last.name,
            checksum: last.checksum,
            normalizedChecksum: last.normalizedChecksum,
            upText: last.up.text,
            downText: "-- migrate:down\nDROP TABLE b;"
        )
        let before = rows(Array(try migrations(Self.old).prefix(1))) + [old]
        for rows in [before, rows(Array(files.prefix(1)))] {
            let error = try #require(throws: MigrationPlanError.self) {
                try MigrationPlan(.down(.latest), available: files, applied: rows)
            }
            #expect(error.description.contains("cannot be reverted: migrations/2_squashed.sql has no"))
        }
    }

    @Test func `a squash of a branch collides with nothing that it knows of`() throws {
        let base = try migrations(Self.old)
        #expect(MigrationFinding.find(here: try squashed(), base: base, ancestor: base).isEmpty)
        var edited = Self.old
        edited["1_a.sql"] = "-- migrate:up\nCREATE TABLE a (x int);"
        let findings = MigrationFinding.find(
            here: try squashed(),
            base: try migrations(edited),
            ancestor: base
        )
        #expect(findings.map(\.word) == ["removed"])
    }

    @Test func `the files up to the version are chosen, halves of pairs included`() throws {
        let files = try migrations([
            "001_a.up.sql": "SELECT 1;", "001_a.down.sql": "SELECT 1;",
            "002_b.sql": "-- migrate:up\nSELECT 2;",
            "003_c.sql": "-- migrate:up\nSELECT 3;", "R__x.sql": "SELECT 4;",
        ])
        let directory = try MigrationDirectory(path: "db/migrations/", migrations: files)
        let plan = try SquashPlan(directory, to: try #require(MigrationVersion("2")))
        #expect(plan.oldFiles == ["001_a.down.sql", "001_a.up.sql", "002_b.sql"].map { "migrations/" + $0 })
        #expect(plan.path == "db/migrations/002_squashed.sql")
        #expect(plan.archive == "db/migrations/squashed_002")
    }

    @Test func `what cannot be squashed is refused`() throws {
        let files = try migrations(Self.old)
        func problem(_ version: String, _ layout: MigrationLayout = .native) throws -> String {
            let directory = try MigrationDirectory(path: "migrations", migrations: files, layout: layout)
            let version = try #require(MigrationVersion(version))
            return try #require(throws: SquashError.self) { try SquashPlan(directory, to: version) }
                .description
        }
        #expect(try problem("1").contains("1_a is the first migration"))
        #expect(try problem("33").contains("did you mean 3?"))
        #expect(try problem("2", .goose).contains("the files are written for goose"))
    }
}
