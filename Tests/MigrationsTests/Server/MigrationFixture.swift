import Postgres
import TestSupport

@testable import Migrations

/// A folder of migrations and the test's database.
final class MigrationFixture {
    let folder: TemporaryFolder
    let connection: Connection
    /// For looking at the database, and for interfering.
    let other: Connection
    var configuration = MigratorConfiguration()
    var hooks = MigratorHooks()
    /// How the files are written; nil to have it found out.
    var layout: MigrationLayout?
    private(set) var events: [MigrationEvent] = []
    /// Called with each event after it was noted.
    var onEvent: (MigrationEvent) throws -> Void = { _ in }

    init(_ files: [String: String] = [:], over options: ConnectionOptions? = nil) throws {
        folder = try TemporaryFolder(files)
        connection = try Connection(options ?? TestDatabase.current.options)
        other = try TestDatabase.current.connection()
        configuration.lockWait = .milliseconds(200)
        configuration.retry = Backoff(initial: 0.01, maximum: 0.02, attempts: 3)
        configuration.reconnect = Backoff(initial: 0.01, maximum: 0.1, attempts: 50)
    }

    func migrator() throws -> Migrator {
        var hooks = hooks
        hooks.onEvent = { [self] event in
            events.append(event)
            // An error here is one of the test itself, and the missing effect will fail it.
            try? onEvent(event)
        }
        return Migrator(
            try MigrationDirectory(path: folder.path, layout: layout),
            on: connection,
            configuration: configuration,
            hooks: hooks
        )
    }

    @discardableResult
    func run(_ command: MigrationCommand = .up(.latest)) throws -> MigrationOutcome {
        try migrator().run(command)
    }

    func states() throws -> [String] {
        try migrator().status().map { "\($0.identity) \($0.state.word)" }
    }

    func exists(_ name: String) throws -> Bool {
        try other.queryOne("SELECT to_regclass(\(name)) IS NOT NULL", as: Bool.self)
    }

    func text(_ query: SQL) throws -> String {
        try other.queryOne(query, as: String.self)
    }

    /// How many advisory locks are held in this database.
    func advisoryLocks() throws -> Int {
        try other.queryOne(
            """
            SELECT count(*) FROM pg_locks
            WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """,
            as: Int.self
        )
    }

    /// Ends the migrator's session and waits until the server has forgotten it.
    func terminate() throws {
        let pid = connection.backendID
        try other.execute("SELECT pg_terminate_backend(\(pid), 20000)")
    }
}

extension MigrationFailure {
    /// The statement that the server refused, when that is the reason.
    var failedStatement: FailedStatement? {
        if case .statement(let failed) = reason { failed } else { nil }
    }
}
