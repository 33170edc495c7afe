import Postgres
import TestSupport

/// Locks rows here and there, waits until a worker waits for one of them, and then asks for all rows in the opposite
/// order: what the worker holds closes the circle. The worker, whose wait is older, is the one that notices.
struct DeadlockProvocation {
    private let round: Round
    private let remainder: Int

    init(_ round: Round, remainder: Int) {
        (self.round, self.remainder) = (round, remainder)
    }

    func run() async throws {
        let connection = try await round.direct.connected()
        defer { connection.close() }
        do {
            try connection.runScript(
                "BEGIN; SET LOCAL deadlock_timeout = '5s'; SET LOCAL lock_timeout = '4s'"
            )
            try connection.execute(
                "SELECT FROM city WHERE population % 7 = \(remainder) ORDER BY id FOR UPDATE SKIP LOCKED"
            )
            guard try await someoneWaits(for: connection) else { return }
            try connection.execute("SELECT FROM city ORDER BY id DESC FOR UPDATE")
            try connection.runScript("COMMIT")
        } catch let error as PostgresError where error.isTransient {
            // Another one of the circle was quicker, or there was none.
        }
    }

    /// Looks for a third of a second: nothing tells when a worker begins to wait, and perhaps none does.
    private func someoneWaits(for connection: Connection) async throws -> Bool {
        for _ in 0..<60 {
            if try connection.queryOne(TroubleStatements.waiting, as: Int.self) > 0 { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }
}
