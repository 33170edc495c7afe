import Postgres
import TestSupport

/// Makes rows fulfil `where` when a chunk has locked its rows and cannot write yet, and changes them again in a transaction
/// that is open when it does.
///
/// The chunk's statement reads a table that this holds locked: it waits for that before it takes the snapshot with which
/// it writes, whether its message was sent together with the one that locks the rows or behind it.
struct Rescuer {
    private let options: ConnectionOptions
    private let work: Work

    init(_ options: ConnectionOptions, _ work: Work) {
        (self.options, self.work) = (options, work)
    }

    /// Does it once; how many rows it was about.
    func rescue(half: Int) async -> Int {
        // A connection that broke, a lock that took too long: the next time.
        guard let brake = try? Connection(options), let application = try? Connection(options) else {
            return 0
        }
        defer {
            brake.close()
            application.close()
        }
        return (try? await rescue(half, brake, application)) ?? 0
    }

    private func rescue(_ half: Int, _ brake: Connection, _ application: Connection) async throws -> Int {
        try brake.runScript(
            "BEGIN; SET LOCAL lock_timeout = '300ms'; LOCK TABLE brake IN ACCESS EXCLUSIVE MODE"
        )
        guard try await someoneWaits(for: brake) else { return 0 }
        try application.runScript("SET lock_timeout = '200ms'")
        let freed = try application.query(free(half), as: Int64.self)
        try application.runScript("BEGIN")
        try application.execute(rescue(freed))
        try brake.runScript("COMMIT")
        _ = try await someoneWaits(for: application)
        try application.runScript("COMMIT")
        return freed.count
    }

    /// Looks for a fifth of a second: a chunk does not wait much longer for a lock.
    private func someoneWaits(for connection: Connection) async throws -> Bool {
        for _ in 0..<50 {
            if try connection.queryOne(TroubleStatements.waiting, as: Int.self) > 0 { return true }
            try await Task.sleep(for: .milliseconds(4))
        }
        return false
    }
}

// MARK: - What it says

extension Rescuer {
    /// Rows that need nothing, every other of them; those that a chunk has locked are none of them.
    private func free(_ half: Int) -> SQL {
        let change: SQL =
            work == .totals
            ? "total = NULL" : "expired = true"
        let needsNothing: SQL = work == .totals ? "total IS NOT NULL" : "NOT expired"
        return """
            WITH free AS (
                SELECT id
                FROM city
                WHERE \(needsNothing) AND NOT inserted AND (population / 5) % 2 = \(half)
                ORDER BY id
                FOR UPDATE SKIP LOCKED
            ), written AS (
                UPDATE city
                SET touched = touched + 1, freed = freed + 1, \(change)
                FROM free
                WHERE city.id = free.id
                RETURNING city.id
            ), released AS (
                DELETE FROM kept USING written WHERE kept.id = written.id
            ), counted AS (
                UPDATE done SET writes = writes + (SELECT count(*) FROM written) WHERE EXISTS (SELECT FROM written)
            )
            SELECT id FROM written
            """
    }

    /// Those of them that no other chunk has locked meanwhile, which would wait for the brake.
    private func rescue(_ rows: [Int64]) -> SQL {
        let needsWork: SQL = work == .totals ? "true" : "expired"
        let change: SQL = work == .totals ? "total = total + 5" : "expired = false"
        let record: SQL =
            work == .totals
            ? "INSERT INTO item SELECT id, 5 FROM written" : "INSERT INTO kept SELECT id FROM written"
        return """
            WITH free AS (
                SELECT id
                FROM city
                WHERE id = ANY (\(rows)) AND \(needsWork)
                ORDER BY id
                FOR UPDATE SKIP LOCKED
            ), written AS (
                UPDATE city
                SET touched = touched + 1, \(change)
                FROM free
                WHERE city.id = free.id
                RETURNING city.id
            ), recorded AS (
                \(record)
            )
            UPDATE done SET writes = writes + (SELECT count(*) FROM written) WHERE EXISTS (SELECT FROM written)
            """
    }
}
