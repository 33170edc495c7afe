import Migrations
import Postgres
import Synchronization

/// A session that is opened, and the ledger that is read on it, while the files are still being read.
///
/// Whoever finds that the files cannot be read need not wait for it: the database may take its time to say no.
final class FirstLook: Sendable {
    /// Open once the snapshot has been waited for.
    let session: Session

    private let task: Mutex<Task<LedgerSnapshot, any Error>?>

    init(_ configuration: MigratorConfiguration, on options: ConnectionOptions) {
        let session = Session(options)
        self.session = session
        task = Mutex(
            Task { try await session.withConnection { try LedgerSnapshot(of: configuration, on: $0) } }
        )
    }

    /// What the ledger said; nil from the second time on, when it may say something else.
    func snapshot() async throws -> LedgerSnapshot? {
        let task = task.withLock { task in
            defer { task = nil }
            return task
        }
        guard let task else { return nil }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
