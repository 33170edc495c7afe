import Control
import Foundation
import Postgres
import SQLSyntax
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct MigrationLockTests {
    private static let one = [
        "1_a.sql": "-- migrate:up\nCREATE TABLE a (x int);\n-- migrate:down\nDROP TABLE a;"
    ]

    private func hold(_ fixture: MigrationFixture) throws {
        let key = MigrationLock(fixture.configuration.schema).key
        try fixture.other.execute("SELECT pg_advisory_lock(\(key))")
    }

    private func letGo(_ fixture: MigrationFixture) throws {
        try fixture.other.execute("SELECT pg_advisory_unlock_all()")
    }

    @Test func `who holds the lock is named`() throws {
        let fixture = try MigrationFixture(Self.one)
        try hold(fixture)
        let error = try #require(throws: MigrationLockError.self) { try fixture.run() }
        let holder = try #require(error.holder)
        #expect(holder.pid == fixture.other.backendID)
        #expect(holder.applicationName == (try TestDatabase.current.applicationName))
        #expect(error.waited >= fixture.configuration.lockWait)
        #expect(error.description.contains("pid \(holder.pid)"))
        #expect(try !fixture.exists("a"))
    }

    @Test func `a run waits for the other one and then goes on`() throws {
        let fixture = try MigrationFixture(Self.one)
        fixture.configuration.lockWait = .patience
        try hold(fixture)
        fixture.onEvent = { [unowned fixture] event in
            if case .waitingForLock(let holder?) = event, holder.pid == fixture.other.backendID {
                try letGo(fixture)
            }
        }
        #expect(try fixture.run().completed.count == 1)
    }

    @Test func `with nothing to do no lock is taken`() throws {
        let fixture = try MigrationFixture(Self.one)
        try fixture.run()
        try hold(fixture)
        #expect(try fixture.run().completed.isEmpty)
        #expect(try fixture.states() == ["1 applied"])
    }

    @Test func `the lock is given back, after a failure too`() throws {
        let fixture = try MigrationFixture(Self.one)
        try fixture.run()
        #expect(try fixture.advisoryLocks() == 0)
        try fixture.folder.write("2_b.sql", "-- migrate:up\nSELECT oops;")
        #expect(throws: MigrationFailure.self) { try fixture.run() }
        #expect(try fixture.advisoryLocks() == 0)
    }

    @Test func `the lock survives what is reset between files`() throws {
        let fixture = try MigrationFixture(Self.one)
        try fixture.folder.write("2_b.sql", "-- migrate:up\nCREATE TABLE b ();")
        var held: [Int] = []
        fixture.onEvent = { [unowned fixture] event in
            guard case .statementFinished = event else { return }
            held.append(try fixture.advisoryLocks())
        }
        try fixture.run()
        #expect(held == [1, 1])
    }

    @Test func `runs that start at once apply everything once`() async throws {
        let files = Dictionary(
            uniqueKeysWithValues: (1...10).map { ("\($0)_t.sql", "-- migrate:up\nCREATE TABLE t\($0) ();") }
        )
        let folder = try TemporaryFolder(files)
        let path = folder.path
        let options = try TestDatabase.current.options
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...4 {
                let session = Session(options)
                group.addTask {
                    try await session.withConnection { connection in
                        try Migrator(try MigrationDirectory(path: path), on: connection).run(.up(.latest))
                            .completed.count
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.sorted() == [0, 0, 0, 10])
    }

    // MARK: locks on tables

    @Test func `a file that meets a lock is tried again`() throws {
        let fixture = try MigrationFixture(Self.one)
        try fixture.run()
        try fixture.folder.write(
            "2_b.sql",
            "-- migrate:up lock-timeout:50ms\nCREATE TABLE b ();\nALTER TABLE a ADD y int;"
        )
        try fixture.other.execute("BEGIN")
        try fixture.other.execute("LOCK TABLE a IN SHARE MODE")
        fixture.onEvent = { [unowned fixture] event in
            if case .retrying(_, 2, _, let reason) = event, reason.sqlState == .lockNotAvailable {
                try fixture.other.execute("COMMIT")
            }
        }
        #expect(try fixture.run().completed.map(\.step.label) == ["2_b"])
        #expect(try fixture.exists("b"))
    }

    @Test func `a statement of a file without a transaction is tried again`() throws {
        let fixture = try MigrationFixture(Self.one)
        try fixture.run()
        fixture.configuration.lockTimeout = .milliseconds(50)
        try fixture.folder.write(
            "2_b.sql",
            "-- migrate:up transaction:false\nINSERT INTO a VALUES (1);\nALTER TABLE a ADD y int;"
        )
        var isHeld = false
        fixture.onEvent = { [unowned fixture] event in
            switch event {
            case .statementStarted(_, 2) where !isHeld:
                isHeld = true
                try fixture.other.execute("BEGIN")
                try fixture.other.execute("LOCK TABLE a IN SHARE MODE")
            case .retrying: try fixture.other.execute("COMMIT")
            default: break
            }
        }
        #expect(try fixture.run().completed.map(\.step.label) == ["2_b"])
        #expect(try fixture.text("SELECT count(*)::text FROM a") == "1")
    }

    @Test func `an index that is built concurrently waits longer than the lock timeout`() throws {
        let fixture = try MigrationFixture(Self.one)
        try fixture.run()
        fixture.configuration.lockTimeout = .milliseconds(50)
        try fixture.folder.write(
            "2_b.sql",
            "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY a_x ON a (x);\n"
                + "CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS value;"
        )
        try fixture.other.execute("BEGIN")
        try fixture.other.execute("LOCK TABLE a IN SHARE UPDATE EXCLUSIVE MODE")
        let watcher = LockWatcher(
            options: try TestDatabase.current.options,
            waiter: fixture.connection.backendID,
            holder: fixture.other.backendID
        )
        let watching = Thread { watcher.endHolderAfterWait() }
        watching.start()
        #expect(try fixture.run().completed.map(\.step.label) == ["2_b"])
        let seen = try TestDatabase.current.connection().queryOne("SELECT value FROM seen", as: String.self)
        #expect(seen == "50ms")
    }

    @Test func `after some attempts it gives up and leaves nothing`() throws {
        let fixture = try MigrationFixture(Self.one)
        try fixture.run()
        try fixture.folder.write(
            "2_b.sql",
            "-- migrate:up lock-timeout:20ms\nCREATE TABLE b ();\nALTER TABLE a ADD y int;"
        )
        try fixture.other.execute("BEGIN")
        try fixture.other.execute("LOCK TABLE a IN SHARE MODE")
        let failure = try #require(throws: MigrationFailure.self) { try fixture.run() }
        guard case .lockTimeout(let failed, attempts: 3, _) = failure.reason else { throw failure }
        #expect(failed.location.line == 3)
        #expect(failure.left == .nothing)
        try fixture.other.execute("COMMIT")
        #expect(try !fixture.exists("b"))
    }
}

@Suite(.freshDatabase) struct MigrationRoleTests {
    private func role(_ fixture: MigrationFixture) throws -> String {
        let name = "reader_" + UUID().uuidString.prefix(8).lowercased()
        try fixture.other.execute("CREATE ROLE \(identifier: name)")
        return name
    }

    private static let one = ["1_a.sql": "-- migrate:up\nCREATE TABLE a (x int);"]

    @Test func `a role that may only read can ask for the status`() throws {
        let fixture = try MigrationFixture(Self.one)
        let role = try role(fixture)
        try fixture.connection.execute("SET ROLE \(identifier: role)")
        #expect(try fixture.states() == ["1 pending"])
        try fixture.connection.execute("RESET ROLE")
        try fixture.run()
        try fixture.other.execute("GRANT USAGE ON SCHEMA caisson TO \(identifier: role)")
        try fixture.other.execute("GRANT SELECT ON ALL TABLES IN SCHEMA caisson TO \(identifier: role)")
        try fixture.connection.execute("SET ROLE \(identifier: role)")
        try fixture.connection.execute("SET default_transaction_read_only = on")
        #expect(try fixture.states() == ["1 applied"])
        try fixture.other.execute("DROP OWNED BY \(identifier: role)")
        #expect(throws: LedgerError.self) { try fixture.states() }
        try fixture.other.execute("DROP ROLE \(identifier: role)")
    }

    @Test func `a role that may not create the ledger is told what it needs`() throws {
        let fixture = try MigrationFixture(Self.one)
        let role = try role(fixture)
        try fixture.other.execute("ALTER ROLE \(identifier: role) LOGIN")
        var options = try TestDatabase.current.options
        options.set("user", role)
        let weak = try MigrationFixture(Self.one, over: options)
        let error = try #require(throws: ControlError.self) { try weak.run() }
        #expect(error.description.contains("GRANT CREATE ON DATABASE"))
        #expect(try !fixture.exists("a"))
        weak.connection.close()
        try fixture.other.execute("DROP ROLE \(identifier: role)")
    }

    @Test func `a ledger of a newer tool is refused`() throws {
        let fixture = try MigrationFixture(Self.one)
        try fixture.run()
        try fixture.other.execute("UPDATE caisson.component SET version = 99 WHERE name = 'migration'")
        #expect(throws: ControlError.self) { try fixture.states() }
        try fixture.folder.write("2_b.sql", "-- migrate:up\nCREATE TABLE b ();")
        let error = try #require(throws: ControlError.self) { try fixture.run() }
        #expect(error.description.contains("have version 99"))
        #expect(try !fixture.exists("b"))
    }
}

/// Ends the session that holds a lock once another has waited for it for ten times the lock timeout of the test.
private struct LockWatcher: Sendable {
    let options: ConnectionOptions
    let waiter: Int32
    let holder: Int32

    func endHolderAfterWait() {
        guard let connection = try? Connection(options) else { return }
        let deadline = Date(timeIntervalSinceNow: 20)
        while Date() < deadline, (try? hasWaited(connection)) != true { Thread.sleep(forTimeInterval: 0.01) }
        _ = try? connection.execute("SELECT pg_terminate_backend(\(holder))")
    }

    private func hasWaited(_ connection: Connection) throws -> Bool {
        try connection.queryOne(
            """
            SELECT count(*) > 0 FROM pg_locks
            WHERE pid = \(waiter) AND NOT granted AND waitstart < clock_timestamp() - interval '500 ms'
            """,
            as: Bool.self
        )
    }
}
