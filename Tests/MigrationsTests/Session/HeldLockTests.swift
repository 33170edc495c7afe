import Postgres
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct HeldLockTests {
    private func failure(_ fixture: MigrationFixture) throws -> MigrationFailure {
        try #require(throws: MigrationFailure.self) { try fixture.run() }
    }

    private func key(_ fixture: MigrationFixture) -> Int64 { MigrationLock(fixture.configuration.schema).key }

    @Test(arguments: [
        "SELECT pg_advisory_unlock_all()", "DO $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$",
    ])
    func `a file that gives the lock back is not recorded`(_ statement: String) throws {
        let fixture = try MigrationFixture(["1_a.sql": "-- migrate:up\nCREATE TABLE a ();\n\(statement);"])
        let failure = try failure(fixture)
        guard case .lockLost = failure.reason else { throw failure }
        #expect(failure.left == .nothing)
        #expect(try !fixture.exists("a"))
        #expect(try fixture.states() == ["1 pending"])
    }

    @Test(arguments: [
        "SELECT pg_advisory_unlock_all()", "DO $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$",
    ])
    func `a statement that gives the lock back is the last of its file`(_ statement: String) throws {
        let fixture = try MigrationFixture([
            "1_a.sql":
                "-- migrate:up transaction:false\nCREATE TABLE a ();\n\(statement);\nCREATE TABLE b ();"
        ])
        let failure = try failure(fixture)
        guard case .lockLost = failure.reason else { throw failure }
        guard case .position(1, 3, _) = failure.left else { throw failure }
        #expect(try fixture.exists("a") && !fixture.exists("b"))
        #expect(try fixture.states() == ["1 partial"])
    }

    @Test func `a lock given back in a transaction of the file's own takes that along`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": """
            -- migrate:up transaction:false
            CREATE TABLE a ();
            BEGIN;
            CREATE TABLE b ();
            SELECT pg_advisory_unlock_all();
            COMMIT;
            """
        ])
        let failure = try failure(fixture)
        guard case .lockLost = failure.reason else { throw failure }
        #expect(failure.left == .position(finished: 1, of: 5, uncertain: nil))
        #expect(try !fixture.exists("b"))
    }

    @Test func `DISCARD ALL does not open the door to another run`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up transaction:false\nCREATE TABLE a ();\nDISCARD ALL;\nCREATE TABLE b ();"
        ])
        var held: [Int] = []
        fixture.onEvent = { [unowned fixture] event in
            if case .statementStarted(_, 3) = event { held.append(try fixture.advisoryLocks()) }
        }
        try fixture.run()
        #expect(held == [1])
        #expect(try fixture.states() == ["1 applied"])
        #expect(try fixture.advisoryLocks() == 0)
    }

    @Test func `a key that a file gives back once is missed`() throws {
        let fixture = try MigrationFixture([:])
        try fixture.folder.write(
            "1_a.sql",
            "-- migrate:up\nCREATE TABLE a ();\nSELECT pg_advisory_unlock(\(key(fixture))), pg_advisory_unlock(\(key(fixture)));"
        )
        let failure = try failure(fixture)
        guard case .lockLost = failure.reason else { throw failure }
        #expect(try !fixture.exists("a"))
    }
}
