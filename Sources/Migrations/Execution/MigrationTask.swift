public import Postgres

/// A run of migrations inside of an application, on a session of its own: events to listen to, and an outcome to
/// wait for.
///
/// ```swift
/// let folder = Bundle.module.bundleURL.appending(path: "Migrations")
/// let task = MigrationTask(try MigrationDirectory(path: folder.path), on: try ConnectionOptions(url))
/// for await event in task.events { log(event) }
/// let outcome = try await task.outcome
/// ```
///
/// Many instances of the application may start at once: one of them migrates, the others wait for it and find nothing
/// to do.
public struct MigrationTask: Sendable {
    /// What happens, from the first on; it ends with the run. To listen is not needed, and one listener may.
    public let events: AsyncStream<MigrationEvent>

    private let task: Task<MigrationOutcome, any Error>

    /// Starts a run.
    /// - Parameters:
    ///   - command: what to do; by default everything that is pending is applied.
    ///   - gate: says whether a backfill that a migration requires has done its work, see `MigratorHooks.gate`. By
    ///     default none has.
    public init(
        _ directory: MigrationDirectory,
        on options: ConnectionOptions,
        command: MigrationCommand = .up(.latest),
        configuration: MigratorConfiguration = MigratorConfiguration(),
        gate: (@Sendable (String, Connection) throws -> GateStatus)? = nil
    ) {
        let (events, continuation) = AsyncStream.makeStream(of: MigrationEvent.self)
        self.events = events
        task = Task {
            defer { continuation.finish() }
            let session = Session(options)
            do {
                let outcome = try await session.withConnection { connection in
                    var hooks = MigratorHooks()
                    if let gate { hooks.gate = gate }
                    hooks.onEvent = { continuation.yield($0) }
                    hooks.shouldStop = { Task.isCancelled }
                    return try Migrator(directory, on: connection, configuration: configuration, hooks: hooks)
                        .run(command)
                }
                await session.close()
                return outcome
            } catch {
                await session.close()
                throw error
            }
        }
    }

    /// Waits for the end. Whoever is cancelled while waiting cancels the run.
    /// - Throws: what `Migrator.run` throws, above all `MigrationFailure`, which tells what was done, what is left behind
    ///   and what remains.
    public var outcome: MigrationOutcome {
        get async throws {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }

    /// Cancels the running statement; what was committed before stays.
    public func cancel() {
        task.cancel()
    }
}
