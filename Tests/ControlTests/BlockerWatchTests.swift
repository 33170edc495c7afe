import Foundation
import LocalServer
import Postgres
import TestSupport
import Testing

@testable import Control

@Suite(.freshDatabase) struct BlockerWatchTests {
    /// Three rows, and sessions that get into each other's way.
    final class Fixture {
        let database: TestDatabase
        let connection: Connection
        let other: Connection
        let watch: BlockerWatch
        private(set) var told: [BlockerReport] = []
        private var names: [String] = []

        init() throws {
            database = try TestDatabase.current
            connection = try database.connection()
            other = try database.connection()
            watch = BlockerWatch(try database.options)
            try connection.runScript(
                "CREATE TABLE item (id int PRIMARY KEY, n int); INSERT INTO item SELECT g, 0 FROM generate_series(1, 3) g"
            )
        }

        /// Names of prepared transactions are one set in the whole server.
        func name(_ name: String) -> String { "\(name) of '\(database.name)'" }

        func prepare(_ name: String, _ statement: SQL) throws {
            try other.execute("BEGIN")
            try other.execute(statement)
            try other.execute("PREPARE TRANSACTION \(literal: self.name(name))")
            names.append(self.name(name))
        }

        /// What is prepared keeps the database from being dropped.
        func endPrepared() throws {
            for name in names { try other.execute("ROLLBACK PREPARED \(literal: name)") }
        }

        /// Runs a statement that meets a lock timeout.
        func timeOut(_ statement: SQL, on session: Connection? = nil) throws {
            let session = session ?? connection
            try session.execute("SET lock_timeout = '900ms'")
            let error = try #require(throws: PostgresError.self) {
                try watch.watching(session, lockTimeout: .milliseconds(900)) {
                    self.told.append($0)
                } _: {
                    try session.execute(statement)
                }
            }
            #expect(error.sqlState == .lockNotAvailable, "\(error)")
        }
    }

    private static let update: SQL = "UPDATE item SET n = n + 1 WHERE id = 2"

    @Test func `a prepared transaction that holds a row is told by its name, and how to end it`() throws {
        let fixture = try Fixture()
        try fixture.prepare("innocent", "UPDATE item SET n = 7 WHERE id = 3")
        try fixture.prepare("forgotten", Self.update)
        defer { try? fixture.endPrepared() }
        try fixture.timeOut(Self.update)
        let report = try #require(fixture.watch.lastReport)
        #expect(report.lock == "ShareLock on a row of item")
        let blocker = try #require(report.blockers.first)
        #expect(report.blockers.count == 1 && blocker.pid == 0)
        let prepared = try #require(blocker.prepared)
        #expect(prepared.name == fixture.name("forgotten"))
        #expect(prepared.database == fixture.database.name && prepared.owner == "postgres")
        #expect(prepared.age < .seconds(60))
        let literal = "'forgotten of ''\(fixture.database.name)'''"
        #expect(report.summary.contains("the prepared transaction \(literal) (owner postgres, prepared "))
        #expect(report.summary.contains("ROLLBACK PREPARED \(literal);"))
        #expect(report.summary.split(separator: "\n").count <= 3)
        #expect(fixture.told.count == 1)
    }

    @Test func `a prepared transaction whose lock on a table conflicts with nothing is not told`() throws {
        let fixture = try Fixture()
        try fixture.prepare("reader", "SELECT count(*) FROM item")
        try fixture.prepare("writer", "UPDATE item SET n = 7 WHERE id = 3")
        defer { try? fixture.endPrepared() }
        try fixture.connection.execute("BEGIN")
        try fixture.timeOut("LOCK TABLE item IN SHARE MODE")
        let report = try #require(fixture.watch.lastReport)
        #expect(report.lock == "ShareLock on item")
        #expect(report.blockers.map { $0.prepared?.name } == [fixture.name("writer")])
        #expect(report.blockers.first?.heldMode == "RowExclusiveLock")
    }

    @Test func `a prepared transaction is found after the server was started again`() async throws {
        var configuration = TestServer.throwaway()
        configuration.settings["max_prepared_transactions"] = "5"
        try await TestServer.withOwn(configuration) { server in
            let options = try ConnectionOptions(server.connectionString(database: "postgres"))
            let first = try Connection(options)
            try first.runScript("CREATE TABLE item (id int); INSERT INTO item VALUES (2)")
            try first.runScript("BEGIN; SELECT FROM item FOR UPDATE; PREPARE TRANSACTION 'old'")
            try await server.restart(.immediate)
            let connection = try Connection(options)
            try connection.execute("SET lock_timeout = '900ms'")
            let watch = BlockerWatch(options)
            let error = try #require(throws: PostgresError.self) {
                try watch.watching(connection, lockTimeout: .milliseconds(900)) {
                    try connection.execute("DELETE FROM item")
                }
            }
            #expect(error.sqlState == .lockNotAvailable, "\(error)")
            #expect(watch.lastReport?.blockers.first?.prepared?.name == "old")
        }
    }

    @Test func `a session that is idle in its transaction is told with what it did last`() throws {
        let fixture = try Fixture()
        try fixture.other.runScript("BEGIN; UPDATE item SET n = 4711 WHERE id = 2")
        try fixture.timeOut(Self.update)
        let blocker = try #require(fixture.watch.lastReport?.blockers.first)
        #expect(blocker.pid == fixture.other.backendID && blocker.state == "idle in transaction")
        #expect(blocker.query.contains("4711"))
        #expect(
            fixture.watch.lastReport?.summary.contains("SELECT pg_terminate_backend(\(blocker.pid));") == true
        )
    }

    @Test func `the end of a queue is told where those before us wait themselves`() async throws {
        let fixture = try Fixture()
        try fixture.prepare("forgotten", Self.update)
        defer { try? fixture.endPrepared() }
        let session = try fixture.database.session()
        async let waiting: Void = session.withConnection { connection in
            try connection.execute("SET application_name = 'first in the queue'")
            _ = try connection.execute(Self.update)
        }
        try await eventually("the first in the queue to wait") { try fixture.other.lockWaiters() == 1 }
        try fixture.timeOut(Self.update)
        let report = try #require(fixture.watch.lastReport)
        #expect(report.blockers.map(\.applicationName) == ["first in the queue"])
        #expect(report.behindBlockers.map { $0.prepared?.name } == [fixture.name("forgotten")])
        #expect(report.remedy?.contains("ROLLBACK PREPARED") == true)
        try fixture.endPrepared()
        try await waiting
    }

    @Test func `a role that may not look at others says what it can see`() throws {
        let fixture = try Fixture()
        let role = "watch_\(UUID().uuidString.prefix(8).lowercased())"
        try fixture.other.runScript("CREATE ROLE \(role) LOGIN; GRANT SELECT, UPDATE ON item TO \(role)")
        defer { try? fixture.other.runScript("ROLLBACK; DROP OWNED BY \(role); DROP ROLE \(role)") }
        var options = try fixture.database.options
        options.set("user", role)
        let limited = try Connection(options)
        try fixture.other.runScript("BEGIN; UPDATE item SET n = 4711 WHERE id = 2")
        let watch = BlockerWatch(options)
        try limited.execute("SET lock_timeout = '900ms'")
        #expect(throws: PostgresError.self) {
            try watch.watching(limited, lockTimeout: .milliseconds(900)) { try limited.execute(Self.update) }
        }
        limited.close()
        let blocker = try #require(watch.lastReport?.blockers.first)
        #expect(blocker.pid == fixture.other.backendID && blocker.role == "postgres")
        #expect(blocker.query.isEmpty)
        #expect(blocker.description.contains("what it does is not shown to this role"))
    }

    @Test
    func `no second session is opened while nobody waits, and one that cannot be costs the report alone`()
        throws
    {
        let fixture = try Fixture()
        let count: SQL = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        let before = try fixture.connection.queryOne(count, as: Int.self)
        let during = try fixture.watch.watching(fixture.connection, lockTimeout: nil) {
            try fixture.connection.queryOne(count, as: Int.self)
        }
        #expect(during == before)
        #expect(fixture.watch.lastReport == nil)
        var elsewhere = try fixture.database.options
        elsewhere.set("port", "1")
        let watch = BlockerWatch(elsewhere)
        try fixture.other.runScript("BEGIN; UPDATE item SET n = 4711 WHERE id = 2")
        try fixture.connection.execute("SET lock_timeout = '300ms'")
        let error = try #require(throws: PostgresError.self) {
            try watch.watching(fixture.connection, lockTimeout: .milliseconds(300)) {
                try fixture.connection.execute(Self.update)
            }
        }
        #expect(error.sqlState == .lockNotAvailable && watch.lastReport == nil)
    }

    @Test func `an attempt that met nobody has no report of the one before`() throws {
        let fixture = try Fixture()
        try fixture.other.runScript("BEGIN; UPDATE item SET n = 4711 WHERE id = 2")
        try fixture.timeOut(Self.update)
        try fixture.other.execute("ROLLBACK")
        try fixture.watch.watching(fixture.connection, lockTimeout: .seconds(1)) {
            _ = try fixture.connection.execute(Self.update)
        }
        #expect(fixture.watch.lastReport == nil)
        try fixture.other.runScript("BEGIN; UPDATE item SET n = 4711 WHERE id = 2")
        try fixture.timeOut(Self.update)
        #expect(fixture.watch.lastReport != nil && fixture.told.count == 1)
    }
}
