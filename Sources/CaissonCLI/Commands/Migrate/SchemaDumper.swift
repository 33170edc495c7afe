import LocalServer
import Migrations
import Postgres

/// Runs `pg_dump`.
struct SchemaDumper: Sendable {
    /// How often a dump is begun again because migrations were run meanwhile.
    private static let attempts = 3

    let console: Console

    /// Dumps the schema of a runner's database together with its ledger.
    ///
    /// `pg_dump` sees the database at one moment and the ledger is read at another; when it was the same before and
    /// after, it belongs to the dump.
    func dump(_ runner: MigrationRunner, path: String) async throws -> SchemaDump {
        var before = try await runner.withMigrator { try $0.ledgerContents() }
        for _ in 1...Self.attempts {
            let text = try await text(
                .schema,
                without: before.leftOut,
                of: runner.options,
                before.serverVersion
            )
            let after = try await runner.withMigrator { try $0.ledgerContents() }
            if before == after { return try SchemaDump(path: path, pgDump: text, after) }
            before = after
        }
        throw SchemaDumpError.changing
    }

    /// What `pg_dump` writes about a database.
    func text(
        _ contents: DumpContents,
        without own: DumpContents.LeftOut,
        of options: ConnectionOptions,
        _ serverVersion: Int
    ) async throws -> String {
        let program = try await DumpProgram.find(forServer: serverVersion / 10_000)
        let output = try await program.run(
            contents.arguments(without: own),
            from: options.settingsForPrograms
        )
        if !output.warnings.isEmpty { console.note(SecretMask.mask(output.warnings)) }
        return output.text
    }
}
