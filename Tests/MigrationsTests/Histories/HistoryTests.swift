import Postgres
import SQLSyntax
import TestSupport
import Testing

@testable import Migrations

/// A whole history, written for each tool, gives what psql makes of the same statements.
@Suite(.freshDatabase) struct HistoryTests {
    @Test func `the history is one that deserves the name`() {
        #expect(SampleHistory.steps.count >= 30)
        #expect(SampleHistory.steps.count(where: \.isBare) >= 3)
    }

    @Test(arguments: MigrationLayout.allCases)
    func `applying every file gives what psql gives, and reverting leaves nothing`(
        layout: MigrationLayout
    ) async throws {
        let expected = try await withFreshDatabase { database in
            try await ClientPrograms.psql(HistoryWriter.script(), on: database)
            return try await ClientPrograms.dump(database)
        }
        let empty = try await withFreshDatabase { try await ClientPrograms.dump($0) }
        let fixture = try MigrationFixture()
        try fixture.folder.writeAll(HistoryWriter(layout: layout).files)
        fixture.layout = layout
        let outcome = try fixture.run()
        #expect(outcome.completed.count == SampleHistory.steps.count)
        #expect(try await ClientPrograms.dump(TestDatabase.current) == expected)
        #expect(
            try fixture.text("SELECT string_agg(name, ',' ORDER BY code) FROM country")
                == "Deutschland; Ende,$$France$$,Ísland '--"
        )
        #expect(
            try fixture.text("SELECT string_agg(name, ',' ORDER BY id) FROM city")
                == "Köln,L'Haÿ; les,Reykjavík"
        )

        let zero = try #require(MigrationVersion("0"))
        try fixture.run(.down(.version(zero)))
        #expect(try await ClientPrograms.dump(TestDatabase.current) == empty)
    }

    @Test(arguments: MigrationLayout.allCases)
    func `the layout of every history is found out`(layout: MigrationLayout) throws {
        let files = HistoryWriter(layout: layout).files.mapValues { Array($0.utf8) }
        // dbmate's files are this tool's own, and pairs are sqlx's by their mark.
        let found: MigrationLayout = layout == .dbmate ? .native : layout
        #expect(LayoutRecognition(FolderListing(path: "db", files: files)) == .certain(found))
    }

    @Test(arguments: MigrationLayout.allCases)
    func `reverting works from the ledger when the files are gone`(layout: MigrationLayout) async throws {
        let empty = try await withFreshDatabase { try await ClientPrograms.dump($0) }
        let fixture = try MigrationFixture()
        try fixture.folder.writeAll(HistoryWriter(layout: layout).files)
        fixture.layout = layout
        try fixture.run()
        let migrator = Migrator(
            try MigrationDirectory(path: fixture.folder.path, migrations: []),
            on: fixture.connection,
            configuration: fixture.configuration
        )
        _ = try migrator.run(.down(.version(try #require(MigrationVersion("0")))))
        #expect(try await ClientPrograms.dump(TestDatabase.current) == empty)
    }

    @Test func `Flyway's repeatable files run after all versions and again when their text changed`() throws {
        let fixture = try MigrationFixture()
        try fixture.folder.writeAll([
            "V2__b.sql": "ALTER TABLE t ADD COLUMN b int;", "V1.10__a.sql": "INSERT INTO t VALUES (1);",
            "V1.9__a.sql": "CREATE TABLE t (a int);",
            "R__see.sql": "CREATE OR REPLACE VIEW see AS SELECT a, b FROM t;",
        ])
        let first = try fixture.run()
        #expect(first.completed.map(\.step.label) == ["1.9_a", "1.10_a", "2_b", "R__see"])
        #expect(try fixture.run().completed.isEmpty)
        try fixture.folder.writeAll([
            "R__see.sql": "CREATE OR REPLACE VIEW see AS SELECT a, b, 1 AS c FROM t;"
        ])
        #expect(try fixture.run().completed.map(\.step.label) == ["R__see"])
    }

    @Test
    func `Flyway's placeholders are filled in when a file runs, and their values are kept out of the ledger`()
        throws
    {
        let fixture = try MigrationFixture()
        try fixture.folder.writeAll([
            "flyway.conf":
                "flyway.placeholders.table=secret_table\nflyway.placeholders.wide=a long value, wider than its name",
            "V1__a.sql": "CREATE TABLE ${table} (a text);\nINSERT INTO ${table} VALUES ('${wide}');",
            "R__see.sql": "CREATE OR REPLACE VIEW see AS SELECT a, '${flyway:filename}' AS b FROM ${table};",
        ])
        try fixture.run()
        #expect(try fixture.text("SELECT a || b FROM see") == "a long value, wider than its nameR__see.sql")
        #expect(try fixture.run().completed.isEmpty)
        #expect(
            try fixture.text("SELECT string_agg(up_text, '') FROM caisson.migration").contains("secret")
                == false
        )

        try fixture.folder.write("V2__b.sql", "SELECT 1;\nSELECT '${wide}', no_column FROM ${table};")
        let failure = try #require(throws: MigrationFailure.self) { try fixture.run() }
        let statement = try #require(failure.failedStatement)
        #expect(statement.location.description == "2:19")
        #expect(statement.caret.contains("SELECT '${wide}', no_column FROM ${table};"), "\(statement.caret)")
        #expect(!"\(failure)".contains("secret"))

        try fixture.folder.write("V2__b.sql", "SELECT '${unknown}';")
        let error = try #require(throws: MigrationPlanError.self) { try fixture.run() }
        #expect(error.description.contains("V2__b.sql:1: there is no value for the placeholder ${unknown}"))
    }
}
