import Postgres
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct LoadTests {
    private static let files = [
        "1_a.sql": "-- migrate:up\nCREATE TABLE a ();", "2_b.sql": "-- migrate:up\nCREATE TABLE b ();",
        "R__see.sql": "CREATE OR REPLACE VIEW see AS SELECT 1 AS one;",
    ]

    /// A dump as it would be written, without a database.
    private func dump(
        _ fixture: MigrationFixture,
        statements: String = "CREATE TABLE public.a ();\nCREATE TABLE public.b ();\n"
    ) throws -> SchemaDump {
        let rows = try fixture.migrator().directory.migrations.map { MigrationFingerprint($0).applied }
        let contents = LedgerContents(rows: rows, filledViews: [], serverVersion: 150_000)
        return try SchemaDump(path: "schema.sql", pgDump: statements, contents)
    }

    private func nothingIsThere(_ fixture: MigrationFixture) throws {
        #expect(try !fixture.exists("public.a"))
        #expect(try fixture.migrator().status().allSatisfy { $0.applied == nil })
        #expect(try fixture.advisoryLocks() == 0)
    }

    @Test(arguments: [
        ("1_a.sql", "-- migrate:up\nCREATE TABLE a (x int);", "1_a.sql was edited after it had been applied"),
        ("1_a.sql", "", "1_a was applied, but its file is not here"),
        ("1_z.sql", "-- migrate:up\nCREATE TABLE a ();", "1_z.sql has the text that was applied as 1_a"),
    ])
    func `files that are not those of the dump are refused`(name: String, text: String, words: String) throws
    {
        let fixture = try MigrationFixture(Self.files)
        let dump = try dump(fixture)
        try fixture.folder.remove("1_a.sql")
        if !text.isEmpty { try fixture.folder.write(name, text) }
        let error = try #require(throws: LoadError.self) { try fixture.migrator().load(dump) }
        #expect(error.description.contains(words))
        #expect(error.description.contains("write the dump anew"))
        #expect(!error.description.contains("accept"))
        try nothingIsThere(fixture)
    }

    @Test func `a repeatable file that has changed since is left to the next run`() throws {
        let fixture = try MigrationFixture(Self.files)
        let dump = try dump(fixture)
        try fixture.folder.write("R__see.sql", "CREATE OR REPLACE VIEW see AS SELECT 2 AS one;")
        #expect(try fixture.migrator().load(dump).pending.map(\.label) == ["R__see"])
        #expect(try fixture.run().completed.map(\.step.label) == ["R__see"])
    }

    @Test func `a repeatable file that runs after a load has been run`() throws {
        let fixture = try MigrationFixture(Self.files)
        _ = try fixture.migrator().load(try dump(fixture))
        try fixture.folder.write("R__see.sql", "CREATE OR REPLACE VIEW see AS SELECT 2 AS one;")
        try fixture.run()
        let methods: SQL = "SELECT string_agg(method, ',' ORDER BY version) FROM caisson.migration"
        #expect(try fixture.text(methods) == "load,load,run")
    }

    @Test(arguments: [
        "CREATE TABLE mine ()", "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TYPE mine AS ENUM ('a')",
    ])
    func `a database with something in it is refused`(statement: String) throws {
        let fixture = try MigrationFixture(Self.files)
        try fixture.other.runScript(statement)
        let error = try #require(throws: LoadError.self) { try fixture.migrator().load(try dump(fixture)) }
        #expect(error.description.contains("mine"))
        #expect(error.description.contains("is not empty"))
        try nothingIsThere(fixture)
    }

    @Test func `what an extension brings does not count`() throws {
        let fixture = try MigrationFixture(Self.files)
        try fixture.other.runScript("CREATE EXTENSION citext")
        #expect(try fixture.migrator().load(try dump(fixture)).statements > 0)
    }

    @Test func `a ledger with rows is refused`() throws {
        let fixture = try MigrationFixture(Self.files)
        try fixture.run()
        try fixture.other.runScript("DROP TABLE a, b; DROP VIEW see")
        let error = try #require(throws: LoadError.self) { try fixture.migrator().load(try dump(fixture)) }
        #expect(error.description.contains("3 migrations are in this database's ledger already"))
    }

    @Test func `a statement that fails leaves nothing behind and is named with its line`() throws {
        let fixture = try MigrationFixture(Self.files)
        let dump = try dump(
            fixture,
            statements: "CREATE TABLE public.a ();\nCREATE TABLE public.b (x oops);\n"
        )
        let error = try #require(throws: LoadError.self) { try fixture.migrator().load(dump) }
        #expect(error.description.contains("schema.sql:11:26: type \"oops\" does not exist"))
        #expect(error.description.contains("Nothing was left behind"))
        try nothingIsThere(fixture)
    }

    @Test func `a COMMIT in an edited dump is refused before anything is sent`() throws {
        let fixture = try MigrationFixture(Self.files)
        let dump = try dump(fixture, statements: "CREATE TABLE public.a ();\nCOMMIT;\n")
        let error = try #require(throws: MigrationPlanError.self) { try fixture.migrator().load(dump) }
        #expect(error.description.contains("COMMIT would end the transaction"))
        try nothingIsThere(fixture)
    }

    @Test(arguments: [
        ("CREATE TABLE a ();\n", "does not say which migrations it holds"),
        ("-- caisson:ledger 2\n", "was written by a newer caisson"),
        (
            "-- caisson:ledger 1\n-- caisson:applied oops 1_a\n",
            "schema.sql:2: this line about a migration was changed"
        ),
        ("SELECT 'never closed", "cannot be read"),
    ])
    func `a file that is no dump is refused`(text: String, words: String) throws {
        let error = try #require(throws: SchemaDumpError.self) {
            try SchemaDump(path: "schema.sql", bytes: Array(text.utf8))
        }
        #expect(error.description.contains(words))
        #expect(error.description.contains("caisson migrate dump"))
    }

    @Test func `a repeatable file that has to run again is pending after a load`() async throws {
        let fixture = try MigrationFixture(Self.files)
        try fixture.run()
        try fixture.other.runScript(
            "UPDATE caisson.migration SET checksum = '', normalized_checksum = '' WHERE version = 'R__see'"
        )
        let contents = try fixture.migrator().ledgerContents()
        let dump = try SchemaDump(path: "schema.sql", pgDump: "CREATE TABLE public.a ();", contents)
        #expect(dump.ledger.map(\.label) == ["1_a", "2_b"])
        try await withFreshDatabase { _ in
            let fresh = try MigrationFixture(Self.files)
            #expect(try fresh.migrator().load(dump).pending.map(\.label) == ["R__see"])
        }
    }

    @Test func `words about a ledger inside a function are not read`() throws {
        let fixture = try MigrationFixture(Self.files)
        let body = "$$\n-- caisson:ledger 9\n-- caisson:applied oops\n$$"
        let function = "CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS \(body);\n"
        #expect(try dump(fixture, statements: function).ledger.count == 3)
    }
}
