import Foundation
import Testing

@testable import Migrations

/// diesel compares versions as texts; its newer programs write 18 digits, older ones and people 14.
@Suite struct DieselOrderTests {
    private func directory(_ folders: [String]) throws -> MigrationDirectory {
        let files = folders.flatMap { folder in
            ["up", "down"].map { ("\(folder)/\($0).sql", Array("SELECT '\(folder)';".utf8)) }
        }
        let listing = FolderListing(path: "db", files: Dictionary(uniqueKeysWithValues: files))
        return try MigrationDirectory(listing, layout: nil)
    }

    private let long = "2026-01-10-120000-0000_make_pen"
    private let short = "2026-02-10-120000_rename_ink"

    @Test func `a later version of 14 digits comes behind one of 18`() throws {
        let migrations = try directory([short, long]).migrations
        #expect(migrations.map(\.label) == ["202601101200000000_make_pen", "20260210120000_rename_ink"])
        let plan = try MigrationPlan(.up(.latest), available: migrations, applied: [])
        #expect(plan.steps.map(\.name) == ["make_pen", "rename_ink"])
    }

    /// The ledger gives the versions back as plain numbers.
    private func row(_ migration: Migration) throws -> AppliedMigration {
        AppliedMigration(
            identity: .version(try #require(MigrationVersion(migration.version?.text ?? ""))),
            name: migration.name,
            checksum: migration.checksum,
            normalizedChecksum: migration.normalizedChecksum,
            upText: nil,
            downText: "SELECT 2;"
        )
    }

    @Test func `what is in the ledger is compared in the same way`() throws {
        let migrations = try directory([short, long]).migrations
        let first = try row(migrations[0])
        let statuses = MigrationPlan.statuses(available: migrations, applied: [first])
        #expect(statuses.map(\.state.word) == ["applied", "pending"])
        let rows = [first, try row(migrations[1])]
        let last = try MigrationPlan(.down(.latest), available: [], applied: rows)
        // Without files nobody knows that the versions are diesel's.
        #expect(last.steps.map(\.name) == ["make_pen"])
        let down = try MigrationPlan(.down(.latest), available: migrations, applied: rows)
        #expect(down.steps.map(\.name) == ["rename_ink"])
        let to = try MigrationPlan(
            .down(.version(try #require(MigrationVersion("202601101200000000")))),
            available: migrations,
            applied: rows
        )
        #expect(to.steps.map(\.name) == ["rename_ink"])
    }

    @Test(
        arguments: [
            ([], "2026-11-21-093000_x"), (["2026-01-10-120000_a"], "2026-11-21-093000_x"),
            (["2026-01-10-120000-0000_a"], "2026-11-21-093000-0000_x"),
            (["2026-11-21-093000_a"], "2026-11-21-093001_x"),
            (["2026-11-21-093000-0000_a"], "2026-11-21-093000-0001_x"),
            (["2026-11-21-093000-0007_a", "2026-01-10-120000_b"], "2026-11-21-093000-0008_x"),
            (["2027-01-01-000000_a"], "2027-01-01-000001_x"), (["2026-11-21-093000_a", "9_b"], "90_x"),
            (["2026-11-21-093000_a", "39_b"], "40_x"),
        ]
    )
    func `a new one comes last`(folders: [String], expected: String) throws {
        let moment = Date(timeIntervalSince1970: 1_795_253_400)
        let form = NewMigrationForm(layout: .diesel, existing: folders, now: moment)
        let path = try #require(form.files("x").first?.0)
        #expect(path == expected + "/up.sql")
        let made = try #require(DieselFolder(ofFile: path)).version
        #expect(folders.compactMap { DieselFolder(ofFile: $0 + "/up.sql") }.allSatisfy { $0.version < made })
    }
}
