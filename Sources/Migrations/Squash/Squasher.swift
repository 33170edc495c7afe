public import Control
public import Postgres

/// Makes one file of many: runs the many in a scratch database, writes down what they made, and runs that in another to
/// see that it makes the same.
///
/// ```swift
/// let plan = try SquashPlan(directory, to: version)
/// let squashed = try await Squasher(plan, on: options, dump: dump).squash()
/// try squashed.write(.move)
/// ```
public struct Squasher: Sendable {
    /// Dumps a database with `pg_dump`: how to connect, what is no part of the dump, and the server's version as one number.
    public typealias Dump =
        @Sendable (ConnectionOptions, DumpContents.LeftOut, _ serverVersion: Int) async throws -> String

    private let plan: SquashPlan
    private let server: ConnectionOptions
    private let schema: ControlSchema
    private let dump: Dump

    /// Prepares it; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - server: any database of the server on which the scratch databases are made; it is not changed.
    ///   - schema: where the ledger is in them.
    ///   - dump: runs `pg_dump` with the arguments of `DumpContents.everything`.
    public init(
        _ plan: SquashPlan,
        on server: ConnectionOptions,
        schema: ControlSchema = ControlSchema(),
        dump: @escaping Dump
    ) {
        self.plan = plan
        self.server = server
        self.schema = schema
        self.dump = dump
    }

    /// Builds the file and tries it. Changes no file; the scratch databases are dropped.
    /// - Throws: `SquashError`; what `dump` throws; `PostgresError`.
    public func squash() async throws -> SquashedMigration {
        let made = try await result(of: plan.replaced) { SquashError.historyFailed($0) }
        let tables = made.tablesWithRows
        guard tables.isEmpty || plan.backfills.isEmpty else {
            throw SquashError.rowsBehindBackfill(backfills: plan.backfills, tables: tables)
        }
        let squashed = try SquashedMigration(plan, made)
        let again = try await result(of: [squashed.migration]) { SquashError.squashedFailed($0) }
        try Self.compare(made.texts, again.texts)
        return squashed
    }

    private func result(
        of migrations: [Migration],
        _ failure: (any Error) -> SquashError
    ) async throws -> DumpedStatements {
        let directory = try MigrationDirectory(path: plan.folder, migrations: migrations)
        return try await ScratchDatabase.with(on: server) { options in
            let facts: ScratchFacts
            do {
                facts = try await run(directory, options)
            } catch {
                try Task.checkCancellation()
                throw failure(error)
            }
            return try DumpedStatements(
                await dump(options, facts.leftOut, facts.serverVersion),
                owner: facts.owner,
                ledger: schema
            )
        }
    }

    private func run(
        _ directory: MigrationDirectory,
        _ options: ConnectionOptions
    ) async throws -> ScratchFacts {
        let session = Session(options)
        let schema = schema
        return try await session.withConnection { connection in
            var configuration = MigratorConfiguration()
            configuration.schema = schema
            var hooks = MigratorHooks()
            // There are no rows that a backfill could be about; where migrations bring some, it is refused.
            hooks.gate = { _, _ in .open }
            let migrator = Migrator(directory, on: connection, configuration: configuration, hooks: hooks)
            _ = try migrator.run(.up(.latest))
            let owner = try connection.queryOne(
                "SELECT pg_catalog.quote_ident(session_user)",
                as: String.self
            )
            return ScratchFacts(
                serverVersion: connection.serverVersion,
                owner: owner,
                leftOut: try DumpContents.LeftOut(on: connection)
            )
        }
    }

    private static func compare(_ expected: [String], _ found: [String]) throws(SquashError) {
        guard expected != found else { return }
        let equal = zip(expected, found).prefix { $0 == $1 }.count
        throw .differs(
            expected: equal < expected.count ? expected[equal] : "",
            found: equal < found.count ? found[equal] : ""
        )
    }
}

/// What has to be known of a scratch database to read its dump.
private struct ScratchFacts: Sendable {
    let serverVersion: Int
    let owner: String
    let leftOut: DumpContents.LeftOut
}
