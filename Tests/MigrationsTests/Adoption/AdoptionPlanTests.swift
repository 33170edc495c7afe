import Foundation
import Testing

@testable import Migrations

/// Matching a ledger with files; no server.
@Suite struct AdoptionPlanTests {
    private func files(_ texts: [String: String]) throws -> [Migration] {
        let bytes = texts.mapValues { Array($0.utf8) }
        return try MigrationDirectory(FolderListing(path: "db", files: bytes), layout: .flyway).migrations
    }

    private func version(_ text: String) throws -> MigrationVersion {
        try #require(MigrationVersion(text))
    }

    private func row(
        _ version: String?,
        _ type: String = "SQL",
        text: String? = nil,
        description: String = "",
        isFinished: Bool = true
    ) -> ForeignRow {
        let sum = text.map { "\(ForeignRecord.Checksum.flyway(Array($0.utf8)))" }
        return ForeignRow((version, sum, 1000, 5_000_000, isFinished, type, description))
    }

    private func plan(
        _ rows: [ForeignRow],
        _ files: [String: String],
        resolving resolutions: [String] = []
    ) throws -> AdoptionPlan {
        let records = try FlywayHistory(rows, table: "t").records
        return try AdoptionPlan(
            records,
            of: .flyway,
            files: try self.files(files),
            resolutions: try resolutions.map { try #require(AdoptionResolution($0)) }
        )
    }

    private let three = ["V1__a.sql": "SELECT 1;", "V1.10__b.sql": "SELECT 2;", "V2__c.sql": "SELECT 3;"]

    @Test func `applied versions are found whatever their zeros, the rest is pending`() throws {
        let plan = try plan(
            [row("1.0", text: "SELECT 1;"), row("1.10", text: "SELECT 2;")],
            three.merging(["V1.0__a.sql": "SELECT 1;"]) { $1 }.filter { $0.key != "V1__a.sql" }
        )
        #expect(plan.items.map(\.migration.label) == ["1.0_a", "1.10_b"])
        #expect(plan.items.map(\.appliedAt) == [Date](repeating: Date(timeIntervalSince1970: 1000), count: 2))
        #expect(plan.items.map(\.duration) == [.milliseconds(5), .milliseconds(5)])
        #expect(plan.pending.map(\.label) == ["2_c"])
    }

    @Test(arguments: ["JDBC", "SPRING_JDBC", "SCRIPT", "CUSTOM"])
    func `what a program of Flyway has applied needs no file`(type: String) throws {
        let rows = [
            row("1", text: "SELECT 1;"), row("1.1", type, description: "FillShips"),
            row(nil, type, description: "Refresh"), row("2", text: "SELECT 3;"),
        ]
        let files = ["V1__a.sql": "SELECT 1;", "V2__c.sql": "SELECT 3;"]
        let plan = try plan(rows, files)
        #expect(plan.items.map(\.migration.label) == ["1_a", "2_c"])
        #expect(plan.withoutFile == ["1.1 FillShips", "R__Refresh"])
        // A file of that version is matched as ever.
        let known = try self.plan(rows, files.merging(["V1.1__FillShips.java": "class"]) { $1 })
        #expect(known.items.map(\.migration.label) == ["1_a", "1.1_FillShips", "2_c"])
        #expect(throws: AdoptionError.self) { try self.plan([row("1.1", "SQL")], files) }
        let failed = [row("1.1", type, description: "FillShips", isFinished: false)]
        #expect(throws: AdoptionError.self) { try self.plan(failed, files) }
        #expect(try self.plan(failed, files, resolving: ["1.1=applied"]).withoutFile == ["1.1 FillShips"])
        #expect(try self.plan(failed, files, resolving: ["1.1=not-applied"]).withoutFile.isEmpty)
    }

    @Test func `everything that does not fit is told at once`() throws {
        let error = try #require(throws: AdoptionError.self) {
            try plan(
                [
                    row("1", text: "SELECT 9;"), row("1.10", isFinished: false), row("7"),
                    row(nil, description: "gone view"),
                ],
                three
            )
        }
        #expect(
            error
                == .mismatches([
                    .changed(file: "db/V1__a.sql", label: "1_a"),
                    .unfinished(label: "1.10_b", .version(try version("1.10")), .flyway), .noFile("7"),
                    .noFile("R__gone view"),
                ])
        )
        for words in [
            "db/V1__a.sql was changed", "1.10_b failed half way, says flyway", "7 was applied, but",
            "Nothing was written",
        ] {
            #expect(error.description.contains(words), "\(error)")
        }
    }

    @Test func `a baseline covers all versions up to its own, of which there need be no file`() throws {
        let plan = try plan(
            [row(nil, "SCHEMA"), row("1.11", "BASELINE"), row("2", text: "SELECT 3;")],
            three
        )
        #expect(plan.items.count == 3)
        #expect(try self.plan([row("1.5", "BASELINE")], three).items.map(\.migration.label) == ["1_a"])
    }

    @Test func `an undone, deleted or repeated row counts as its last`() throws {
        let undone = try plan([row("1"), row("1.10"), row("1.10", "UNDO_SQL")], three)
        #expect(undone.items.map(\.migration.label) == ["1_a"])
        let again = try plan([row("1"), row("1", "UNDO_SQL"), row("1")], three)
        #expect(again.items.map(\.migration.label) == ["1_a"])
        let deleted = try plan([row("7"), row("7", "DELETE"), row("1")], three)
        #expect(deleted.items.map(\.migration.label) == ["1_a"])
    }

    @Test func `a repeatable file counts only while its text is what ran last`() throws {
        let files = three.merging(["R__see_all.sql": "SELECT 0;"]) { $1 }
        let rows = [
            row(nil, text: "SELECT 8;", description: "see all"),
            row(nil, text: "SELECT 0;", description: "see all"),
        ]
        #expect(try plan(rows, files).items.map(\.migration.label) == ["R__see_all"])
        #expect(try plan(rows.reversed(), files).items.isEmpty)
    }

    @Test func `a failed row counts as a person says`() throws {
        let files = three.merging(["R__see_all.sql": "SELECT 0;"]) { $1 }
        let rows = [
            row("1"), row("1.10", text: "SELECT 7;", isFinished: false),
            row(nil, text: "SELECT 8;", description: "see all", isFinished: false),
        ]
        let error = try #require(throws: AdoptionError.self) { try plan(rows, files) }
        for words in ["--from flyway --resolve 1.10=applied ", "--resolve R__see_all=not-applied "] {
            #expect(error.description.contains(words), "\(error)")
        }
        let applied = try plan(rows, files, resolving: ["1.10=applied", "R__see_all=applied"])
        #expect(applied.items.map(\.migration.label) == ["1_a", "1.10_b", "R__see_all"])
        let notApplied = try plan(rows, files, resolving: ["01.10=not-applied", "R__see_all=NOT-APPLIED"])
        #expect(notApplied.items.map(\.migration.label) == ["1_a"])
        #expect(throws: AdoptionError.mismatches([.noFile("7")])) {
            try plan([row("7", isFinished: false)], files, resolving: ["7=applied"])
        }
    }

    @Test func `what is not half way cannot be resolved`() throws {
        let resolution = try #require(AdoptionResolution("1=applied"))
        let error = try #require(throws: AdoptionError.self) {
            try plan([row("1")], three, resolving: ["1=applied"])
        }
        #expect(error == .mismatches([.notUnfinished(resolution)]))
        #expect(error.description.contains("leave --resolve 1=applied out"))
    }

    @Test(arguments: ["", "1", "1=", "=applied", "x=applied", "1=done", "1=applied=2"])
    func `a resolution is a version and a word`(text: String) {
        #expect(AdoptionResolution(text) == nil)
    }

    @Test(arguments: [("applied", ["1_a", "1.10_b"]), ("not-applied", ["1_a"])])
    func `a dirty version of a ledger that knows only the last counts as a person says`(
        word: String,
        expected: [String]
    ) throws {
        let record = ForeignRecord(subject: .upTo(try version("1.10")), isFinished: false)
        let plan = try AdoptionPlan(
            [record],
            of: .golangMigrate,
            files: try files(three),
            resolutions: [try #require(AdoptionResolution("1.10=\(word)"))]
        )
        #expect(plan.items.map(\.migration.label) == expected)
        #expect(plan.pending.count == 3 - expected.count)
    }

    @Test func `a row without a readable version is refused`() {
        #expect(throws: AdoptionError.unreadableRow(table: "t", version: "one")) {
            try FlywayHistory([row("one")], table: "t")
        }
    }

    @Test func `a ledger that knows only the last version covers all before it`() throws {
        let files = try files(three)
        let record = ForeignRecord(subject: .upTo(try version("1.10")))
        #expect(
            try AdoptionPlan([record], of: .tern, files: files).items.map(\.migration.label) == [
                "1_a", "1.10_b",
            ]
        )
        let absent = ForeignRecord(subject: .upTo(try version("1.5")))
        #expect(throws: AdoptionError.mismatches([.noFile("1.5")])) {
            try AdoptionPlan([absent], of: .tern, files: files)
        }
    }

    @Test(
        arguments: [
            (["version": "character varying"], false, .tool(.dbmate)),
            (["version": "character varying"], true, .rails),
            (["version": "bigint", "dirty": "boolean"], false, .tool(.golangMigrate)),
            (["version": "integer"], false, .tool(.tern)), (["version": "bigint"], false, .unknown),
            (
                ["version": "character varying", "run_on": "timestamp without time zone"], false,
                .tool(.diesel)
            ),
            (["version": "text", "statements": "text[]", "name": "text"], false, .unknown),
        ] as [([String: String], Bool, ForeignTable.Owner)]
    )
    func `tables of one name are told apart by their columns`(
        columns: [String: String],
        rails: Bool,
        owner: ForeignTable.Owner
    ) {
        let table = ForeignTable(
            schema: "public",
            name: "schema_migrations",
            columns: columns,
            isBesideRails: rails
        )
        #expect(table.owner == owner)
    }
}
