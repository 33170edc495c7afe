import Postgres
import Synchronization

/// The application that uses the table meanwhile: it renames cities and keeps its own label right, as dual writes do.
/// It counts its writes in the same transaction, so that a lost one shows whatever becomes of its connection.
final class Application: Sendable {
    private let options: ConnectionOptions
    private let isDone = Atomic(false)

    init(_ options: ConnectionOptions) {
        self.options = options
    }

    func run() async {
        let session = Session(options)
        while !isDone.load(ordering: .acquiring) {
            let number = Int.random(in: 1...Model.rows)
            // A connection that broke, a deadlock, a lock that took too long: the application tries something else.
            _ = try? await session.withConnection { connection in
                try connection.transaction(TransactionOptions(settings: [.init("lock_timeout", "1s")])) {
                    connection in
                    let changed = try connection.execute(
                        """
                        UPDATE city
                        SET touched = touched + 1, name = name || '.', label = upper(name || '.') || 100
                        WHERE population = \(number) AND divisor <> 0
                        """
                    )
                    try connection.execute("UPDATE done SET writes = writes + \(changed)")
                }
            }
        }
        await session.close()
    }

    func stop() {
        isDone.store(true, ordering: .releasing)
    }
}
