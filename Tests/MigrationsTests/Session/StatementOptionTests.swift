import Postgres
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct StatementOptionTests {
    private func failure(_ fixture: MigrationFixture) throws -> MigrationFailure {
        try #require(throws: MigrationFailure.self) { try fixture.run() }
    }

    private static let probe = "CREATE TABLE iso AS SELECT current_setting('transaction_isolation') AS x;"

    @Test(arguments: [
        "-- migrate:up isolation:serializable\n\(probe)",
        "-- migrate:up\nBEGIN ISOLATION LEVEL SERIALIZABLE;\n\(probe)\nCOMMIT;",
        "-- migrate:up\nSTART TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n\(probe)\nEND;",
        "-- migrate:up\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n\(probe)",
    ])
    func `a file says how its transaction is isolated`(_ text: String) throws {
        let fixture = try MigrationFixture(["1_a.sql": text])
        try fixture.run()
        #expect(try fixture.text("SELECT x FROM iso") == "serializable")
    }

    @Test func `a run says how transactions are isolated, and a file knows better`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\n\(Self.probe)",
            "2_b.sql":
                "-- migrate:up isolation:read-committed\nINSERT INTO iso SELECT current_setting('transaction_isolation');",
        ])
        fixture.configuration.isolation = .repeatableRead
        try fixture.run()
        #expect(
            try fixture.text("SELECT string_agg(x, ', ' ORDER BY x DESC) FROM iso")
                == "repeatable read, read committed"
        )
    }

    @Test func `an isolation that comes too late is told where to say it`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nSELECT 1;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;"
        ])
        let text = try failure(fixture).description
        #expect(text.contains("-- migrate:up isolation:serializable") && !text.contains("transaction:false"))
    }

    @Test func `a time limit of the database is named, and a file or a run may have another`() throws {
        let database = Identifier(try TestDatabase.current.name)
        try TestDatabase.current.connection().execute(
            "ALTER DATABASE \(identifier: database) SET statement_timeout = '100ms'"
        )
        let fixture = try MigrationFixture(["1_a.sql": "-- migrate:up\nSELECT pg_sleep(0.3);"])
        let text = try failure(fixture).description
        #expect(text.contains("statement_timeout is 100ms here, set for: database"))
        #expect(text.contains("--statement-timeout"))
        let events: SQL = "SELECT string_agg(event, ',') FROM caisson.event"
        #expect(try fixture.text(events) == "migration.failed")
        try fixture.folder.write("1_a.sql", "-- migrate:up statement-timeout:20s\nSELECT pg_sleep(0.3);")
        try fixture.folder.write(
            "2_b.sql",
            "-- migrate:up transaction:false statement-timeout:20s\nSELECT pg_sleep(0.3);"
        )
        try fixture.folder.write("3_c.sql", "-- migrate:up statement-timeout:50ms\nSELECT pg_sleep(20);")
        let marked = try failure(fixture)
        #expect(marked.completed.count == 2)
        #expect(marked.description.contains("statement-timeout:50ms stands on the marker line"))
        try fixture.folder.write("3_c.sql", "-- migrate:up\nSELECT pg_sleep(0.3);")
        fixture.configuration.statementTimeout = .zero
        try fixture.run()
    }

    @Test(arguments: [
        ("LOCK TABLE t", "LOCK TABLE"), ("SAVEPOINT s", "SAVEPOINT"),
        ("DECLARE c CURSOR FOR SELECT 1", "DECLARE CURSOR"),
    ])
    func `what the server refuses outside of a transaction is told before anything runs`(
        _ statement: String,
        _ command: String
    ) throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up transaction:false\nCREATE TABLE t ();\n\(statement);\n"
        ])
        let error = try #require(throws: MigrationPlanError.self) { try fixture.run() }
        #expect(error.description.contains("1_a.sql:3: \(command) can only be used in a transaction block"))
        #expect(try !fixture.exists("t"))
        try fixture.folder.write(
            "1_a.sql",
            "-- migrate:up transaction:false\nCREATE TABLE t ();\nBEGIN;\n\(statement);\nCOMMIT;\n"
        )
        try fixture.run()
    }

    @Test(arguments: ["SET LOCAL search_path = app", "SET CONSTRAINTS ALL DEFERRED"])
    func `what does nothing outside of a transaction is warned of by the server`(_ statement: String) throws {
        let fixture = try MigrationFixture(["1_a.sql": "-- migrate:up transaction:false\n\(statement);\n"])
        try fixture.run()
        let notices = fixture.events.compactMap {
            if case .notice(_, let notice) = $0 { notice } else { nil }
        }
        #expect(notices.map(\.severity) == ["WARNING"])
    }

    // MARK: what commits on its own

    private static let committing = "DO $$ BEGIN CREATE TABLE a (); COMMIT; RAISE 'later'; END $$"

    @Test func `a block that has committed before it failed is told`() throws {
        let fixture = try MigrationFixture(["1_a.sql": "-- migrate:up transaction:false\n\(Self.committing);"]
        )
        let failure = try failure(fixture)
        #expect(failure.left == .position(finished: 0, of: 1, uncertain: 1))
        #expect(failure.description.contains("may have taken effect"))
        #expect(try fixture.exists("a"))
    }

    @Test func `a block that has committed nothing leaves nothing`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql":
                "-- migrate:up transaction:false\nDO $$ BEGIN CREATE TABLE a (); RAISE 'at once'; END $$;"
        ])
        #expect(try failure(fixture).left == .position(finished: 0, of: 1, uncertain: nil))
        #expect(try !fixture.exists("a"))
    }

    @Test func `a procedure that commits is shown the way out of the transaction`() throws {
        let fixture = try MigrationFixture(["1_a.sql": "-- migrate:up\nCALL p();"])
        try fixture.other.execute(
            "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE a (); COMMIT; END $$"
        )
        #expect(try failure(fixture).description.contains("-- migrate:up transaction:false"))
        try fixture.folder.write("1_a.sql", "-- migrate:up transaction:false\nCALL p();")
        try fixture.run()
    }
}
