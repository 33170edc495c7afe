import Control
import Foundation
import Postgres

/// Lets one run at a time work on a ledger.
///
/// A session lock, so that it outlives the transactions of the run, and polled: a session that waits inside
/// `pg_advisory_lock` holds a snapshot, for which the `CREATE INDEX CONCURRENTLY` of the holder would wait in
/// turn.
struct MigrationLock {
    /// Advisory locks belong to a database; within it the key depends on the ledger.
    let key: Int64
    /// How often it is taken. Our own twice, so that one can be given back and taken again to see whether it is held.
    private let times: Int

    init(_ schema: ControlSchema) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "caisson migrations \(schema.name)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        key = Int64(bitPattern: hash)
        times = 2
    }

    /// Another tool's lock, by the key that it uses.
    init(key: Int64) {
        self.key = key
        times = 1
    }

    /// - Parameter isHeld: the answer to a first attempt that was made already.
    /// - Throws: `MigrationLockError` when the time is over, `CancellationError` when the task was cancelled.
    func acquire(
        on connection: Connection,
        within limit: Duration,
        isHeld: Bool = false,
        onWait: (LockHolder?) -> Void
    ) throws {
        guard !isHeld else { return }
        let start = ContinuousClock.now
        var pause = 0.05
        var told: Set<Int32?> = []
        while try !connection.queryOne(LockStatements.tryLock(key, times: times), as: Bool.self) {
            let holder = try holder(on: connection)
            let waited = ContinuousClock.now - start
            guard waited < limit else { throw MigrationLockError(holder: holder, waited: waited) }
            if told.insert(holder?.pid).inserted { onWait(holder) }
            Thread.sleep(forTimeInterval: min(pause, (limit - waited).seconds) * Double.random(in: 0.7...1))
            try Task.checkCancellation()
            pause = min(pause * 1.5, 1)
        }
    }

    /// An attempt that takes it only in the backend that the connection was told of.
    func firstAttempt(inBackend backend: Int32) -> SQL {
        LockStatements.tryLock(key, times: times, inBackend: backend)
    }

    /// - Parameter others: what is sent in the same message.
    func release(on connection: Connection, beside others: [SQL] = []) throws {
        _ = try connection.rows(ofAll: [LockStatements.unlock(key, times: times)] + others)
    }

    func holder(on connection: Connection) throws -> LockHolder? {
        let row = try connection.query(
            LockStatements.holder(ofAdvisoryKey: key),
            as: Int32.self,
            String.self,
            String.self,
            String?.self,
            Double.self,
            String.self,
            String.self
        ).first
        return row.map { pid, name, role, host, since, state, query in
            LockHolder(
                pid: pid,
                applicationName: name,
                role: role,
                since: Date(timeIntervalSince1970: since),
                host: host,
                state: state,
                query: SessionText.line(query)
            )
        }
    }
}
