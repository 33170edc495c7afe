import Bulk
import Foundation
import Imports
import LocalServer
import Postgres
import Synchronization
import TestSupport
import Testing

/// A server that crashes takes back what it had committed last; the table has no key that would keep a row from being stored
/// twice.
@Suite struct LostPlaceTests {
    private static let count = 40_000

    /// What stands between the import and the server.
    enum Way: CaseIterable {
        case direct
        /// The connection outlives the server.
        case pooled
    }

    @Test(arguments: ["200ms", "10s"], Way.allCases)
    func `what a crash takes back is imported again, whatever the next chunk meets`(
        _ delay: String,
        _ way: Way
    ) async throws {
        var configuration = TestServer.throwaway()
        configuration.settings["wal_writer_delay"] = delay
        let went = try await TestServer.withOwn(configuration) { server in
            let database = try await TestDatabase.create(named: "crashed", on: server)
            try database.connection().execute("CREATE TABLE kept (n int, t text CHECK (t <> 'bad'))")
            switch way {
            case .direct: return try await Self.importWithCrashes(database, database.session())
            case .pooled:
                return try await withPooler(for: database) { pooler in
                    try await Self.importWithCrashes(database, pooler.session())
                }
            }
        }
        // Without that nothing was tested. With the shorter delay the server may well have been quicker.
        if delay == "10s" { #expect(went.back > 0) }
    }

    /// Imports a file with bad rows in every chunk, and crashes the server behind the second and the fourth.
    private static func importWithCrashes(
        _ database: TestDatabase,
        _ session: Session
    ) async throws -> (back: Int, again: Int) {
        let rows = (1...count).map {
            ResumableImportTests.row($0, $0 % 5_000 == 0 ? "bad" : "some longer text")
        }
        let file = try ResumableImportTests.TemporaryFile("n,t\n" + rows.joined())
        var resumable = ResumableImportTests.resumable(file)
        resumable.maxSkipped = 100
        let seen = Mutex((crashes: 0, stored: 0, back: 0, again: 0))
        let end = try await resumable.run(over: session) { event in
            switch event {
            case .stored(let rows, _):
                let crashes = seen.withLock { seen in
                    seen.stored = rows
                    return seen.crashes < 2 && rows > [8_000, 20_000][seen.crashes]
                }
                guard crashes else { return }
                seen.withLock { $0.crashes += 1 }
                do { try crash(database) } catch { Issue.record(error) }
            case .resumed(let rows, _):
                seen.withLock { seen in
                    seen.again += 1
                    if rows < seen.stored { seen.back += 1 }
                }
            default: break
            }
        }
        await session.close()
        let (crashes, _, back, again) = seen.withLock { $0 }
        #expect(crashes == 2)
        let result = try ResumableImportTests.imported(end)
        let skipped = count / 5_000
        #expect(result.rowsRead == count && result.rowsSkipped == skipped)
        let sum = (1...count).filter { $0 % 5_000 != 0 }.reduce(0, +)
        let stored = try database.connection().queryOne(
            """
            SELECT concat_ws(' ', count(*), count(DISTINCT n), sum(n), (SELECT count(*) FROM caisson.backfill_skipped),
                             (SELECT rows_inserted FROM caisson.import_run WHERE state = 'completed'))
            FROM kept
            """,
            as: String.self
        )
        #expect(stored == "\(count - skipped) \(count - skipped) \(sum) \(skipped) \(count - skipped)")
        return (back, again)
    }

    /// Kills a backend, upon which the server ends all others and begins anew, and waits until it is there again.
    private static func crash(_ database: TestDatabase) throws {
        let (victim, witness) = (try database.connection(), try database.connection())
        kill(victim.backendID, SIGKILL)
        let deadline = ContinuousClock.now + .patience
        while (try? witness.execute("SELECT")) != nil, ContinuousClock.now < deadline {}
        while ContinuousClock.now < deadline {
            if (try? database.connection()) != nil { return }
            Thread.sleep(forTimeInterval: 0.01)
        }
        throw NoServer()
    }

    private struct NoServer: Error {}
}

/// Sessions that are lost for other reasons, others who import the same file, and others who hold locks.
@Suite(.freshDatabase) struct ImportSessionTests {
    private static func prepare() throws -> (TestDatabase, ResumableImportTests.TemporaryFile) {
        let database = try TestDatabase.current
        try database.connection().runScript("CREATE TABLE kept (n int, t text)")
        return (database, try ResumableImportTests.TemporaryFile(ResumableImportTests.whole))
    }

    private static let sum = ResumableImportTests.count * (ResumableImportTests.count + 1) / 2

    @Test func `a session that was ended for idleness is one that is opened again`() async throws {
        let (database, file) = try Self.prepare()
        try database.connection().execute(
            "ALTER DATABASE \(identifier: database.name) SET idle_session_timeout = '500ms'"
        )
        let seen = Mutex((slept: 0, retries: 0))
        let end = try await ResumableImportTests.resumable(file).run(over: try database.session()) { event in
            if case .retrying = event { seen.withLock { $0.retries += 1 } }
            guard case .stored = event, seen.withLock({ $0.slept }) < 2 else { return }
            seen.withLock { $0.slept += 1 }
            Thread.sleep(forTimeInterval: 1.2)
        }
        #expect(try ResumableImportTests.imported(end).rowsRead == ResumableImportTests.count)
        #expect(seen.withLock { $0.retries } >= 2)
        let connection = try database.connection()
        #expect(try ResumableImportTests.numbers(connection) == [ResumableImportTests.count, Self.sum])
    }

    @Test func `of two that import one file at the same time nothing is stored twice`() async throws {
        let (database, file) = try Self.prepare()
        let resumable = ResumableImportTests.resumable(file)
        let outcomes = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    do {
                        _ = try await resumable.run(over: try database.session())
                        return "done"
                    } catch ImportRunError.ownedByAnother {
                        return "another's"
                    }
                }
            }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(outcomes.contains("done"))
        let connection = try database.connection()
        #expect(try ResumableImportTests.numbers(connection) == [ResumableImportTests.count, Self.sum])
    }

    @Test func `when a session is ended for good the server is asked what it has kept`() async throws {
        let (database, file) = try Self.prepare()
        let ended = Mutex(false)
        let error = await #expect(throws: ImportRunError.self) {
            _ = try await ResumableImportTests.resumable(file).run(over: try database.session()) { event in
                guard case .stored = event, !ended.withLock({ $0 }) else { return }
                ended.withLock { $0 = true }
                let others: SQL =
                    "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                _ = try? database.connection().execute(others)
            }
        }
        guard case .lost(_, let kept?) = error else { throw try #require(error) }
        let stored = try ResumableImportTests.numbers(database.connection())[0]
        #expect(kept.rowsRead == stored && stored > 0)
        #expect(error?.description.contains("\(stored) rows up to line") == true)
    }

    @Test func `an import whose record was removed stops`() async throws {
        let (database, file) = try Self.prepare()
        let removed = Mutex(false)
        let error = await #expect(throws: ImportRunError.self) {
            _ = try await ResumableImportTests.resumable(file).run(over: try database.session()) { event in
                guard case .stored = event, !removed.withLock({ $0 }) else { return }
                removed.withLock { $0 = true }
                _ = try? database.connection().execute("DELETE FROM caisson.import_run")
            }
        }
        guard case .recordGone = error else { throw try #require(error) }
    }

    @Test func `who is in the way is told while an import waits, and when it tries again`() async throws {
        let (database, file) = try Self.prepare()
        let other = try database.connection()
        try other.execute("ALTER TABLE kept ADD PRIMARY KEY (n)")
        try other.runScript(
            "BEGIN; INSERT INTO kept VALUES (9); PREPARE TRANSACTION 'forgotten in \(database.name)'"
        )
        var options = try database.options
        options.set("options", "-c lock_timeout=900ms")
        let seen = Mutex((waiting: [String](), retries: [String]()))
        let end = try await ResumableImportTests.resumable(file).run(over: Session(options)) { event in
            if case .waiting(let reason) = event { seen.withLock { $0.waiting.append(reason) } }
            guard case .retrying(let reason, _) = event else { return }
            seen.withLock { $0.retries.append(reason) }
            _ = try? database.connection().execute(
                "ROLLBACK PREPARED \(literal: "forgotten in \(database.name)")"
            )
        }
        #expect(try ResumableImportTests.imported(end).rowsRead == ResumableImportTests.count)
        let (waiting, retries) = seen.withLock { $0 }
        let remedy = "ROLLBACK PREPARED 'forgotten in \(database.name)';"
        #expect(waiting.count == 1 && waiting.first?.contains(remedy) == true, "\(waiting)")
        #expect(retries.count == 1 && retries.first?.contains(remedy) == true, "\(retries)")
    }
}
