package import Postgres

/// Which table a run is about, whatever its name leads to by now.
///
/// A table that was dropped and made again, or swapped by a rename, is another one: its rows were not met, though their
/// keys lie behind the cursor.
package struct RunIdentity: Sendable {
    let backfill: String
    let run: Int64
    /// The name as the definition has it.
    let table: Identifier
    /// The table that it led to when the run began; `nil` in runs of older versions before they are gone on with.
    let oid: Int64?

    /// Asks for the table that the name leads to: one column, a bigint, or NULL when there is none.
    ///
    /// To be asked with ``Run/settings`` made. Behind a statement that reads the table it tells what holds for the rest of
    /// the transaction, because the lock of a reader keeps the table from being renamed and dropped.
    package var statement: SQL { "SELECT pg_catalog.to_regclass(\(table.quoted))::pg_catalog.oid::bigint" }

    /// Makes sure that it is the same table, in a transaction in which ``Run/settings`` were made.
    ///
    /// - Throws: ``BackfillError/tableReplaced(backfill:table:run:)``.
    package func check(on connection: Connection) throws {
        guard oid != nil else { return }
        try check(found: connection.queryOne(statement, as: Int64?.self))
    }

    /// The same for those who asked ``statement`` together with something else.
    package func check(found: Int64?) throws(BackfillError) {
        guard let oid, found != oid else { return }
        throw .tableReplaced(backfill: backfill, table: table, run: run)
    }
}

extension Run {
    /// Which table this run is about.
    package func identity(of backfill: Backfill) -> RunIdentity {
        RunIdentity(backfill: name, run: id, table: backfill.table, oid: sourceOID)
    }

    /// Looks the table up as this run sees names, and makes sure that it is the one it began with.
    func source(of backfill: Backfill, on connection: Connection) throws -> SourceTable {
        let identity = identity(of: backfill)
        // Where a name leads to depends on the settings, and nothing else does.
        let questions =
            [CatalogStatements.table(backfill.table)]
            + (sourceOID.map { SourceTableLookup.questions(about: $0) } ?? [])
        let answers = try connection.transaction(transaction(), of: [identity.statement] + questions)
        if sourceOID != nil { try identity.check(found: answers[0][0].value(Int64?.self, at: 0)) }
        let catalog = Catalog(on: connection)
        catalog.note(Array(answers.dropFirst()), to: questions)
        return try SourceTableLookup(backfill, asking: catalog).resolve()
    }
}

/// Finds out whether a table was emptied by TRUNCATE since its ranges were cut.
///
/// It keeps its object id then and gets a new file, which other statements give it too. Those bring its rows along:
/// VACUUM FULL, CLUSTER and SET TABLESPACE as they were, older than the file; an ALTER TABLE that writes them anew as its
/// own, together with another TOAST table. Behind a TRUNCATE every row is new and the TOAST table the same. Without a TOAST
/// table (no column can be long) rows of the very transaction that made the file are taken for those of an ALTER TABLE.
///
/// The age of the file is that of the table's row in `pg_class`, which a later change of the table makes younger: a table
/// that was truncated, filled and then altered is taken for what it was.
struct TableHistory {
    let run: Run
    let store: RunStore

    /// Refuses a run over rows that came after a TRUNCATE: those behind the cursors would never be met. A table that is
    /// still empty is no trouble.
    ///
    /// - Throws: ``BackfillError/tableTruncated(backfill:table:run:)``.
    func check() throws {
        try check(store.newFiles(run: run.id))
    }

    /// The same for those who asked for the new files together with something else.
    func check(_ files: [NewFile]) throws {
        for file in files where try store.hasOnlyNewRows(file) {
            throw BackfillError.tableTruncated(backfill: run.name, table: file.table, run: run.id)
        }
    }
}

extension Preflight {
    /// Checks the definition as a run sees its names and reads its values.
    func check(for run: Run) throws -> SourceTable {
        try connection.transaction(run.transaction()) { _ in try check() }
    }
}
