import Postgres
import Synchronization

/// A lock on the runs; the mutex around it serialises its users.
final class HeldRun: @unchecked Sendable {
    private let connection: Connection
    private let wasHeld = Atomic(false)

    init(_ connection: Connection) throws {
        self.connection = connection
    }

    func hold() {
        guard connection.transactionStatus == .idle, !wasHeld.exchange(true, ordering: .relaxed) else {
            return
        }
        try? connection.runScript("BEGIN; SELECT FROM caisson.backfill_run FOR NO KEY UPDATE")
    }

    func release() {
        try? connection.runScript("COMMIT")
    }
}
