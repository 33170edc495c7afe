import Postgres

/// Waits until a database takes connections: a server that is started together with us, or whose name is not known yet.
struct ConnectionWait: Sendable {
    private let options: ConnectionOptions
    private let limit: Duration
    private let console: Console

    init(_ options: ConnectionOptions, limit: Duration, console: Console) {
        (self.options, self.limit, self.console) = (options, limit, console)
    }

    /// Tries again and again.
    /// - Returns: how long it took.
    /// - Throws: `PostgresError.connection` at once for what time does not mend, such as a wrong password, else when the time is
    ///   over; `CancellationError`.
    func run() async throws -> Duration {
        let start = ContinuousClock.now
        var pause = Duration.milliseconds(100)
        var told: String?
        while true {
            guard let failure = try await failure() else {
                console.endStatus()
                return ContinuousClock.now - start
            }
            let waited = ContinuousClock.now - start
            guard failure.isTransient, waited < limit else { throw PostgresError.connection(failure) }
            if told != failure.message {
                told = failure.message
                console.note("Waiting for the database (\(failure.target)): \(failure.message)")
            }
            try await Task.sleep(for: min(pause, limit - waited))
            pause = min(pause * 2, .seconds(1))
        }
    }

    /// Why there is no connection; nil when there was one.
    private func failure() async throws -> ConnectionFailure? {
        let session = Session(options)
        do {
            try await session.withConnection { _ = try $0.queryOne("SELECT 1", as: Int.self) }
            await session.close()
            return nil
        } catch PostgresError.connection(let failure) {
            await session.close()
            try Task.checkCancellation()
            return failure
        } catch {
            await session.close()
            throw error
        }
    }
}
