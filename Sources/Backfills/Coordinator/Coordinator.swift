import Control
public import Postgres

/// Runs backfills and answers questions about them.
///
/// The database is the only coordinator: every process that runs the same backfill takes free ranges of the same run,
/// and whoever finds all of them done finishes it. A coordinator here keeps no state that would be missed.
public struct Coordinator: Sendable {
    private let connection: ConnectionOptions
    let schema: ControlSchema
    let origin = Origin.current
    let control: Session

    /// Makes a coordinator for one database.
    ///
    /// - Parameter schema: where the control tables are.
    public init(_ connection: ConnectionOptions, schema: String = "caisson") {
        self.connection = connection
        self.schema = ControlSchema(name: schema)
        control = Session(connection, idleEnd: .isMended)
    }

    /// Ends the coordinator's own connection.
    public func close() async {
        await control.close()
    }

    // MARK: Running

    /// Begins the backfill or goes on where it stopped, and works until it is finished, paused or cancelled.
    ///
    /// - Parameters:
    ///   - stop: given, the workers finish their chunks, let go of their ranges and return.
    ///   - report: called from several tasks, in the order of each worker.
    /// - Throws: ``BackfillError``, `ControlError`, `PostgresError`, or what the backfill's own code threw.
    public func run(
        _ backfill: Backfill,
        options: RunOptions = RunOptions(),
        stop: StopSignal = StopSignal(),
        report: @escaping @Sendable (BackfillEvent) -> Void = { _ in }
    ) async throws -> RunResult {
        let session = SessionRole.coordinator.session(connection, of: backfill.name, options)
        do {
            let start = ContinuousClock.now
            let waits = WaitWatch(connection, stop: stop, report: report)
            let ready = try await waits.lending(session) { [self] in
                try RunStarter(backfill, options: options, schema: schema, origin: origin, on: $0).start()
            }
            if ready.admission == .work { for finding in ready.findings { report(.finding(finding)) } }
            let context = RunContext(
                run: ready.run,
                backfill: backfill,
                source: ready.source,
                schema: schema,
                connection: connection,
                options: options,
                stop: stop,
                report: report,
                waits: waits
            )
            let result = try await RunSupervisor(context, schema: schema, origin: origin, session: session)
                .supervise(ready, since: start)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }
}
