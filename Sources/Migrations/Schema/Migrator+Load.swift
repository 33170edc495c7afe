import Control
import Foundation
import Postgres
import SQLSyntax

extension Migrator {
    /// Sets up an empty database from a dump: its statements and the ledger's rows in one transaction.
    ///
    /// Afterwards the migrations of the dump count as applied, and `up` goes on with the later ones. Rows of tables are
    /// not in a dump.
    ///
    /// - Throws: `LoadError` when the database is not empty, when the files are not those of the dump, or when the server
    ///   refuses a statement; `MigrationPlanError`, `MigrationLockError`, `ControlError`, `PostgresError`.
    public func load(_ dump: SchemaDump) throws -> LoadedSchema {
        let loaded = try LoadedSchema(dump, files: directory.migrations)
        try checkIsEmpty(for: dump)
        return try underLock { run in
            // Before the transaction, because it has one of its own; an empty ledger is nobody's loss.
            try run.ledger.install(on: connection)
            try connection.transaction { connection in
                try checkIsEmpty(for: dump)
                try send(dump.section, by: run)
                try run.takeOver()
                try run.ledger.record(loaded.applied, as: .load, on: connection)
                let detail = String(
                    decoding: try JSONEncoder().encode(["migrations": loaded.applied.count]),
                    as: UTF8.self
                )
                try run.ledger.journal.record(
                    "migration.loaded",
                    subject: dump.source.path,
                    detail: detail,
                    on: connection
                )
            }
            try run.resetSession()
            return loaded
        }
    }

    private func checkIsEmpty(for dump: SchemaDump) throws {
        let rows = try Ledger(schema: configuration.schema).read(on: connection).count
        guard rows == 0 else { throw LoadError.ledgerKept(path: dump.source.path, count: rows) }
        let objects = try SchemaStatements.userObjects(on: connection, besides: configuration.schema)
        guard objects.isEmpty else { throw LoadError.notEmpty(path: dump.source.path, objects: objects) }
    }

    private func send(_ section: MigrationSection, by run: MigrationRun) throws {
        for index in section.statements.indices {
            do {
                try run.send(index, of: section)
            } catch let failed as FailedStatement {
                throw LoadError.statement(failed)
            }
            guard connection.transactionStatus == .inTransaction else {
                let line = section.statements[index].line
                throw LoadError.endedTransaction(file: section.source.path, line: line)
            }
        }
    }
}
