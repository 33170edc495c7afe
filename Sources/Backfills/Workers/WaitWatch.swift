import Control
import Postgres
import Synchronization

/// Looks after statements that are not about the rows of a chunk: those that look at the table and its run before the first one,
/// claims, and the transitions of the run.
///
/// They may wait for a lock: even the size of a table is not told while another transaction has it for itself. Who is in the way
/// is told then.
///
/// And their COMMIT may wait for a synchronous standby. A claim and the transitions of a run are durable before they are
/// believed. Where `synchronous_standby_names` asks for a standby that is not there, such a COMMIT waits for ever, and its
/// changes are seen by nobody meanwhile. So the wait is told, and ends when the run is to stop: the server then answers that
/// the transaction is committed, with a warning.
final class WaitWatch: Sendable {
    /// How often is looked whether the run is to stop.
    private static let interval = Duration.milliseconds(250)
    /// How long a statement takes before it is worth a look by another session, and how often that looks.
    private static let patience = Duration.seconds(2)
    private static let pause = Duration.seconds(1)

    private let connection: ConnectionOptions
    private let stop: StopSignal
    private let report: @Sendable (BackfillEvent) -> Void
    private let wasTold = Atomic(false)

    init(
        _ connection: ConnectionOptions,
        stop: StopSignal,
        report: @escaping @Sendable (BackfillEvent) -> Void
    ) {
        self.connection = connection
        self.stop = stop
        self.report = report
    }

    /// Lends the connection of a session, and looks on while the server works.
    func lending<Value: Sendable>(
        _ session: Session,
        _ body: @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await session.withConnection { [self] connection in
            let look = Look(of: self, at: connection)
            // A cancel request that came late could hit the next statement.
            defer { if look.hasCancelled { connection.close() } }
            do {
                return try connection.watched(every: Self.interval, by: look.look) { try body(connection) }
            } catch let error as PostgresError where error.sqlState == .queryCanceled && look.hasCancelled {
                // It did come late. Nobody else cancelled anything.
                throw PostgresError.connection(
                    ConnectionFailure(kind: .lost, message: "\(error)", target: "\(self.connection)")
                )
            }
        }
    }

    private func tell() {
        if !wasTold.exchange(true, ordering: .relaxed) { report(.waitingForStandby) }
    }

    /// One use of a session, on the thread of its statements.
    private final class Look {
        private let watch: WaitWatch
        private unowned let connection: Connection
        private let start = ContinuousClock.now
        private var last: ContinuousClock.Instant?
        private let observer: BlockerObserver
        private(set) var hasCancelled = false

        init(of watch: WaitWatch, at connection: Connection) {
            (self.watch, self.connection) = (watch, connection)
            observer = BlockerObserver(connecting: watch.connection)
        }

        func look() -> WatchVerdict {
            guard isDue else { return .goOn }
            last = .now
            if let blockers = observer.look(at: connection.backendID) {
                watch.report(.blocked(range: nil, by: blockers.summary))
            }
            guard waitsForStandby() else { return .goOn }
            watch.tell()
            if watch.stop.isRequested {
                hasCancelled = true
                try? connection.makeCanceller()?.cancel()
            }
            return .goOn
        }

        private var isDue: Bool {
            let now = ContinuousClock.now
            if watch.stop.isRequested { return true }
            return now - start >= WaitWatch.patience && now - (last ?? start) >= WaitWatch.pause
        }

        /// Whoever cannot be asked does not hold up the statement.
        private func waitsForStandby() -> Bool {
            observer.ask { [connection] in
                try $0.queryOptional(WaitWatch.isWaiting(connection.backendID), as: Bool.self) ?? false
            } ?? false
        }
    }

    private static func isWaiting(_ backend: Int32) -> SQL {
        """
        SELECT coalesce(activity.wait_event = 'SyncRep', false)
        FROM pg_catalog.pg_stat_activity AS activity
        WHERE activity.pid = \(backend)
        """
    }
}
