import Bulk
import Control
import Postgres

/// Tells who is in the way of an import's statements, while they wait and when they gave up.
final class LockWatch {
    private let watch: BlockerWatch
    private let lockTimeout: Duration?
    private let onEvent: (ImportEvent) -> Void

    /// - Parameter limit: how long a statement waits for a lock; where it is not told, as the session has it.
    /// - Throws: `PostgresError` when the session cannot be asked for its lock timeout.
    init(_ connection: Connection, limit: Duration? = nil, _ onEvent: @escaping (ImportEvent) -> Void) throws
    {
        watch = BlockerWatch(connection.options)
        self.onEvent = onEvent
        let milliseconds = try connection.queryOne(ImportRunStatements.lockTimeout, as: Int64.self)
        let own = limit ?? .milliseconds(milliseconds)
        lockTimeout = own > .zero ? own : nil
    }

    func watching<Value>(_ connection: Connection, _ body: () throws -> Value) rethrows -> Value {
        let onEvent = onEvent
        return try watch.watching(connection, lockTimeout: lockTimeout) {
            onEvent(.waiting($0.summary))
        } _: {
            try body()
        }
    }

    /// Why something failed; at a lock timeout with who was in the way.
    func reason(of error: any Error) -> String { "\(explained(error))" }

    /// An error, at a lock timeout together with who was in the way.
    func explained(_ error: any Error) -> any Error {
        watch.report(behind: error).map { ImportRunError.blocked(cause: error, $0) } ?? error
    }
}
