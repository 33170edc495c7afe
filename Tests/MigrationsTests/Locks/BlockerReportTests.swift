import Control
import Foundation
import Postgres
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct BlockerReportTests {
    private static let alter = [
        "1_a.sql": "-- migrate:up lock-timeout:400ms\nALTER TABLE a ADD y int;"
    ]

    @Test func `a lock timeout names who is in the way`() throws {
        let fixture = try MigrationFixture(Self.alter)
        fixture.configuration.retry.attempts = 2
        try fixture.other.execute("CREATE TABLE a (x int)")
        try fixture.other.runScript("BEGIN; INSERT INTO a VALUES (4711)")
        let failure = try #require(throws: MigrationFailure.self) { try fixture.run() }
        guard case .lockTimeout(_, attempts: 2, let report?) = failure.reason else { throw failure }
        #expect(report.lock == "AccessExclusiveLock on a")
        let blocker = try #require(report.blockers.first)
        #expect(report.blockers.count == 1)
        #expect(blocker.pid == fixture.other.backendID)
        #expect(blocker.state == "idle in transaction")
        #expect(blocker.heldMode == "RowExclusiveLock")
        #expect(blocker.query.contains("4711"))
        #expect(blocker.transactionAge ?? .zero > .milliseconds(1))
        #expect(failure.description.contains("SELECT pg_terminate_backend(\(blocker.pid));"))
        #expect(failure.description.contains("pid \(blocker.pid) (\(blocker.applicationName), role "))
        // Told once for both attempts: nothing new was seen in the second.
        let told = fixture.events.filter { if case .blocked = $0 { true } else { false } }
        #expect(told.count == 1)
    }

    @Test func `those who queue up behind are counted`() async throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up lock-timeout:5s\nALTER TABLE a ADD y int;"
        ])
        try fixture.other.execute("CREATE TABLE a (x int)")
        try fixture.other.runScript("BEGIN; SELECT count(*) FROM a")
        let options = try TestDatabase.current.options
        fixture.configuration.lockTimeout = .seconds(5)
        let behind = Gate("a reader in the queue")
        fixture.onEvent = { [unowned fixture] event in
            guard case .blocked(_, _, let report) = event else { return }
            #expect(report.queuedBehind == 0)
            Thread.detachNewThread {
                guard let reader = try? Connection(options) else { return }
                _ = try? reader.queryOne("SELECT count(*) FROM a", as: Int.self)
                behind.open()
            }
            try Self.waitForReader(fixture)
            try fixture.other.execute("COMMIT")
        }
        try fixture.run()
        try await behind.wait()
    }

    /// Until the reader waits, and the watcher's own question says so.
    private static func waitForReader(_ fixture: MigrationFixture) throws {
        let watcher = StatementWatch { try TestDatabase.current.connection() }
        let deadline = Date(timeIntervalSinceNow: 20)
        while Date() < deadline {
            _ = watcher.look(at: fixture.connection.backendID, buildsIndex: false)
            if let report = watcher.report, report.queuedBehind == 1 {
                #expect(report.description.contains("1 other session queued up behind it"))
                return
            }
            // The look itself is what is tested; between two of them the others get to their locks.
            Thread.sleep(forTimeInterval: 0.01)
        }
        Issue.record("nobody queued up")
    }

    @Test func `a watcher that cannot connect costs only the report`() throws {
        let fixture = try MigrationFixture(Self.alter)
        fixture.configuration.retry.attempts = 2
        fixture.hooks.reconnect = { _ in throw CancellationError() }
        try fixture.other.execute("CREATE TABLE a (x int)")
        try fixture.other.runScript("BEGIN; SELECT count(*) FROM a")
        let failure = try #require(throws: MigrationFailure.self) { try fixture.run() }
        guard case .lockTimeout(_, attempts: 2, nil) = failure.reason else { throw failure }
        #expect(failure.description.contains("Gave up after 2 attempts"))
    }

    @Test func `who holds the migration lock is told with what it does`() throws {
        let fixture = try MigrationFixture(Self.alter)
        let key = MigrationLock(fixture.configuration.schema).key
        try fixture.other.execute("SELECT pg_advisory_lock(\(key)), 'building'")
        let error = try #require(throws: MigrationLockError.self) { try fixture.run() }
        #expect(error.description.contains("connected since "))
        #expect(error.description.contains("idle): SELECT pg_advisory_lock("))
        #expect(error.description.contains("'building'"))
    }
}
