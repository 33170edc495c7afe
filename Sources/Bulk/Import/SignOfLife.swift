import Foundation
import Postgres

/// Keeps a session from being ended for idleness (`idle_session_timeout` of a role, or of what stands between) while the
/// import does something that takes long and needs no server: looks for its place in a packed file, waits for the first
/// line of a pipe, waits before it tries again.
final class SignOfLife {
    private static let interval = Duration.milliseconds(500)

    private let connection: Connection
    private var last = ContinuousClock.now

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// Gives a sign when the last one is some time ago.
    func giveIfDue() throws(PostgresError) {
        guard ContinuousClock.now - last >= Self.interval, connection.transactionStatus == .idle else {
            return
        }
        try connection.execute(ImportStatements.ping)
        last = .now
    }

    /// Waits, and gives signs meanwhile.
    func wait(seconds: Double) throws(PostgresError) {
        let end = ContinuousClock.now + .seconds(seconds)
        while case let left = end - .now, left > .zero {
            Thread.sleep(forTimeInterval: min(left, Self.interval) / .seconds(1))
            try giveIfDue()
        }
    }
}
