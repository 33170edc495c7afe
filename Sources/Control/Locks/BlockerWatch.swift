package import Postgres
import Synchronization

/// Tells who is in the way of statements, while they wait.
///
/// At a lock timeout our statement is over, and nobody can be asked any more for whom it waited; so the question is asked
/// while it waits, from a second connection that the first statement to wait for long has opened. Where nobody waits it
/// costs nothing. One watch serves one user at a time, for as long as that works on the same.
///
/// ```swift
/// let watch = BlockerWatch(options)
/// do {
///     try watch.watching(connection, lockTimeout: .seconds(2)) { try connection.execute(statement) }
/// } catch {
///     // watch.lastReport tells who was in the way, as far as anybody was.
/// }
/// ```
package final class BlockerWatch: Sendable {
    private let observer: Mutex<BlockerObserver>

    /// - Parameter options: how to connect a second time; the server has two seconds for it.
    package init(_ options: ConnectionOptions) {
        observer = Mutex(BlockerObserver(connecting: options))
    }

    /// Who was in the way in the last call of ``watching(_:backend:lockTimeout:onBlocked:_:)``; nil when nobody was.
    package var lastReport: BlockerReport? { observer.withLock { $0.report } }

    /// Who was in the way of what ended in an error, when that is a lock timeout and somebody was seen.
    package func report(behind error: any Error) -> BlockerReport? {
        (error as? PostgresError)?.sqlState == .lockNotAvailable ? lastReport : nil
    }

    /// Runs `body` and looks who is in the way whenever a statement of it has waited for another third of the lock
    /// timeout, at most a second.
    ///
    /// - Parameters:
    ///   - backend: the server's process behind the connection, where a pooler has told another.
    ///   - lockTimeout: how long a statement may wait; nil for ever.
    ///   - onBlocked: told on the thread of `body`, once for the same blockers, however many attempts meet them.
    package func watching<Value>(
        _ connection: Connection,
        backend: Int32? = nil,
        lockTimeout: Duration?,
        onBlocked: @escaping (BlockerReport) -> Void = { _ in },
        _ body: () throws -> Value
    ) rethrows -> Value {
        observer.withLock { $0.beginAttempt() }
        let backend = backend ?? connection.backendID
        return try connection.watched(every: Self.interval(lockTimeout)) { [self] in
            if let report = observer.withLock({ $0.look(at: backend) }) { onBlocked(report) }
            return .goOn
        } _: {
            try body()
        }
    }

    /// Twice before the timeout at least, because opening the connection takes part of the first look.
    private static func interval(_ lockTimeout: Duration?) -> Duration {
        guard let lockTimeout, lockTimeout > .zero else { return .seconds(1) }
        return min(.seconds(1), max(.milliseconds(10), lockTimeout / 3))
    }
}
