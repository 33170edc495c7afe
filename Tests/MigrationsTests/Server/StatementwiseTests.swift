import Foundation
import Postgres
import SQLSyntax
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct StatementwiseTests {
    private func failure(
        _ fixture: MigrationFixture,
        _ command: MigrationCommand = .up(.latest)
    ) throws -> MigrationFailure {
        try #require(throws: MigrationFailure.self) { try fixture.run(command) }
    }

    private func file(_ statements: String...) -> String {
        (["-- migrate:up transaction:false"] + statements.map { $0 + ";" }).joined(separator: "\n")
    }

    @Test func `statements that refuse a transaction run`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": file("CREATE TABLE a (x int)", "CREATE INDEX CONCURRENTLY a_x ON a (x)", "VACUUM a")
                + "\n-- migrate:down transaction:false\nDROP INDEX CONCURRENTLY a_x;\nDROP TABLE a;"
        ])
        try fixture.run()
        #expect(try fixture.exists("a_x"))
        #expect(try fixture.states() == ["1 applied"])
        #expect(
            try fixture.text(
                "SELECT string_agg(ordinal::text, ',' ORDER BY ordinal) FROM caisson.migration_statement WHERE finished_at IS NOT NULL"
            ) == "1,2,3"
        )
        try fixture.run(.down(.latest))
        #expect(try !fixture.exists("a"))
        #expect(try fixture.text("SELECT count(*)::text FROM caisson.migration_statement") == "0")
    }

    @Test func `a failed file goes on behind its last finished statement`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": file("CREATE TABLE a (x int)", "INSERT INTO a VALUES (1)", "SELECT oops", "VACUUM a")
        ])
        let first = try failure(fixture)
        #expect(first.left == .position(finished: 2, of: 4, uncertain: nil))
        #expect(
            first.description.contains(
                "2 of 4 statements are done and recorded; the next run goes on with statement 3"
            )
        )
        #expect(first.description.contains("1_a.sql:4:8"))
        #expect(try fixture.states() == ["1 partial"])
        #expect(
            try fixture.text("SELECT error FROM caisson.migration_statement WHERE ordinal = 3").contains(
                "oops"
            )
        )
        #expect(try failure(fixture).left == .position(finished: 2, of: 4, uncertain: nil))
        try fixture.folder.write(
            "1_a.sql",
            file("CREATE TABLE a (x int)", "INSERT INTO a VALUES (1)", "SELECT 1", "VACUUM a")
        )
        #expect(try fixture.run().completed.map(\.step.finishedStatements) == [2])
        #expect(try fixture.text("SELECT count(*)::text FROM a") == "1")
        #expect(try fixture.states() == ["1 applied"])
        #expect(try fixture.run().completed.isEmpty)
    }

    @Test func `a finished statement that was changed is refused`() throws {
        let fixture = try MigrationFixture(["1_a.sql": file("CREATE TABLE a (x int)", "SELECT oops")])
        _ = try failure(fixture)
        try fixture.folder.write("1_a.sql", file("CREATE TABLE a (y int)", "SELECT 1"))
        let error = try #require(throws: MigrationPlanError.self) { try fixture.run() }
        #expect(error.description.contains("1_a.sql:2: statement 1 of this half-applied file was changed"))
    }

    @Test func `what a finished statement had set is set again`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": file("CREATE SCHEMA s", "SET search_path = s", "SELECT oops", "CREATE TABLE a ()")
        ])
        _ = try failure(fixture)
        try fixture.folder.write(
            "1_a.sql",
            file("CREATE SCHEMA s", "SET search_path = s", "SELECT 1", "CREATE TABLE a ()")
        )
        try fixture.run()
        #expect(try fixture.exists("s.a"))
    }

    @Test func `a transaction of the file's own is all or nothing`() throws {
        let broken = file(
            "CREATE TABLE a (x int)",
            "BEGIN",
            "INSERT INTO a VALUES (1)",
            "SELECT oops",
            "COMMIT",
            "INSERT INTO a VALUES (2)"
        )
        let fixture = try MigrationFixture(["1_a.sql": broken])
        #expect(try failure(fixture).left == .position(finished: 1, of: 6, uncertain: nil))
        #expect(try fixture.text("SELECT count(*)::text FROM a") == "0")
        try fixture.folder.write("1_a.sql", broken.replacing("SELECT oops", with: "SELECT 1"))
        try fixture.run()
        #expect(try fixture.text("SELECT string_agg(x::text, ',' ORDER BY x) FROM a") == "1,2")
    }

    @Test func `a file that ends inside a transaction is refused`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": file("CREATE TABLE a ()", "BEGIN", "CREATE TABLE b ()")
        ])
        let failure = try failure(fixture)
        guard case .leftTransactionOpen = failure.reason else { throw failure }
        #expect(failure.left == .position(finished: 1, of: 3, uncertain: nil))
        #expect(try !fixture.exists("b"))
    }

    @Test func `a role that a file puts on does not reach the ledger`() throws {
        try TestDatabase.current.connection().execute("GRANT CREATE ON SCHEMA public TO pg_monitor")
        let fixture = try MigrationFixture([
            "1_a.sql": file("SET ROLE pg_monitor", "CREATE TABLE a ()", "VACUUM a")
        ])
        try fixture.run()
        #expect(
            try fixture.text("SELECT tableowner::text FROM pg_tables WHERE tablename = 'a'") == "pg_monitor"
        )
        #expect(try fixture.states() == ["1 applied"])
    }

    @Test func `COPY data is sent and its failure resumed`() throws {
        let text =
            "-- migrate:up transaction:false\nCREATE TABLE a (x int);\nCOPY a FROM STDIN;\n1\nX\n\\.\nVACUUM a;\n"
        let fixture = try MigrationFixture(["1_a.sql": text])
        let failed = try #require(failure(fixture).failedStatement)
        #expect(failed.location.line == 5)
        try fixture.folder.write("1_a.sql", text.replacing("X", with: "2"))
        try fixture.run()
        #expect(try fixture.text("SELECT string_agg(x::text, ',' ORDER BY x) FROM a") == "1,2")
    }

    @Test(arguments: [1, 2, 3])
    func `a session ended between statements is resumed, nothing twice`(after ordinal: Int) throws {
        let text = file(
            "CREATE TABLE a (x int)",
            "INSERT INTO a VALUES (1)",
            "VACUUM a",
            "INSERT INTO a VALUES (2)"
        )
        let fixture = try MigrationFixture(["1_a.sql": text])
        fixture.onEvent = { [unowned fixture] event in
            if case .statementStarted(_, ordinal + 1) = event { try fixture.terminate() }
        }
        let failure = try failure(fixture)
        guard case .connectionLost = failure.reason else { throw failure }
        // VACUUM cannot share a transaction with its record: whether it took effect is said to be open.
        #expect(failure.left == .position(finished: ordinal, of: 4, uncertain: ordinal == 2 ? 3 : nil))
        let again = try MigrationFixture(["1_a.sql": text])
        #expect(try again.states() == ["1 partial"])
        #expect(try again.run().completed.map(\.step.finishedStatements) == [ordinal])
        #expect(try again.text("SELECT string_agg(x::text, ',' ORDER BY x) FROM a") == "1,2")
    }

    @Test(arguments: [true, false])
    func `a lost COMMIT of a statement is looked up`(committed: Bool) async throws {
        let text = file("CREATE TABLE a (x int)", "INSERT INTO a VALUES (1)", "INSERT INTO a VALUES (2)")
        let database = try TestDatabase.current
        try await withFaultProxy(for: database) { proxy in
            let fixture = try MigrationFixture(["1_a.sql": text], over: try proxy.options)
            // Before it: the ledger's tables, its row, the first statement and the session behind it.
            let lost = proxy.arm(
                .statement(containing: "COMMIT", skipping: 4),
                committed ? .loseReply : .loseRequest
            )
            let failure = try failure(fixture)
            #expect(lost.isOpen)
            #expect(failure.left == .position(finished: committed ? 2 : 1, of: 3, uncertain: nil))
        }
        let again = try MigrationFixture(["1_a.sql": text])
        try again.run()
        #expect(try again.text("SELECT string_agg(x::text, ',' ORDER BY x) FROM a") == "1,2")
    }

    @Test(arguments: ["", "IF NOT EXISTS "])
    func `an invalid index left by a failed build is built again`(guardWords: String) throws {
        let build = "CREATE UNIQUE INDEX CONCURRENTLY \(guardWords)a_x ON public.a (x)"
        let fixture = try MigrationFixture([
            "1_a.sql": file("CREATE TABLE a (x int)", "INSERT INTO a VALUES (1), (1)", build)
        ])
        #expect(try failure(fixture).left == .position(finished: 2, of: 3, uncertain: nil))
        let isValid: SQL = "SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'a_x'::regclass"
        #expect(try fixture.text(isValid) == "false")
        try fixture.other.execute("DELETE FROM a WHERE ctid = '(0,1)'")
        try fixture.run()
        #expect(try fixture.text(isValid) == "true")
        #expect(
            fixture.events.contains {
                if case .droppingInvalidIndex(_, "public.a_x") = $0 { true } else { false }
            }
        )
        #expect(try fixture.states() == ["1 applied"])
    }
}
