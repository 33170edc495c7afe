import Control
import Postgres

/// A table whose file is another than the one that a run found, though nothing that keeps its rows explains it.
struct NewFile: Sendable {
    let table: Identifier
    /// A transaction that was not older than any that ran when the ranges were cut.
    let horizon: Int64
}

/// Every statement on what a run knows of its table.
extension RunStatements {
    /// What tells later whether a table was truncated: its file, its TOAST table, its tablespace, and the oldest
    /// transaction that may still write; as an expression.
    func file(ofTable oid: Int64?) -> SQL {
        """
        (
            SELECT ARRAY[
                pg_catalog.pg_relation_filenode(class.oid)::bigint, class.reltoastrelid::bigint,
                class.reltablespace::bigint, pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot())
            ]
            FROM pg_catalog.pg_class AS class
            WHERE class.oid = \(oid)::bigint::oid
        )
        """
    }

    /// The walked tables with a new file and the same TOAST table and tablespace as when their first ranges were cut.
    func newFiles(run id: Int64) -> SQL {
        """
        SELECT namespace.nspname::text, class.relname::text, first.walked_file[4]
        FROM (
            SELECT DISTINCT ON (range.walked_table) range.walked_table, range.walked_file
            FROM \(identifier: range) AS range
            WHERE range.run_id = \(id) AND range.walked_file IS NOT NULL
            ORDER BY range.walked_table, range.id
        ) AS first
        JOIN pg_catalog.pg_class AS class ON class.oid = first.walked_table
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE first.walked_file[1] <> pg_catalog.pg_relation_filenode(class.oid)
          AND first.walked_file[2] = class.reltoastrelid AND class.reltoastrelid <> 0
          AND first.walked_file[3] = class.reltablespace
          AND pg_catalog.has_table_privilege(class.oid, 'SELECT')
        """
    }

    /// Whether a table has rows and none of them is older than a transaction. It reads up to the first old row.
    func hasOnlyNewRows(_ file: NewFile) -> SQL {
        let horizon = String(file.horizon % 4_294_967_296)
        return """
            SELECT EXISTS (SELECT FROM ONLY \(identifier: file.table))
               AND NOT EXISTS (
                   SELECT
                   FROM ONLY \(identifier: file.table) AS walked
                   WHERE pg_catalog.age(walked.xmin) > pg_catalog.age(\(horizon)::xid)
               )
            """
    }

    /// Notes which table a run is about, and the settings that it is to have where none are known.
    func identify(_ source: SourceTable, run id: Int64) -> SQL {
        """
        UPDATE \(identifier: run)
        SET source_oid = \(source.oid), settings = coalesce(settings, \(RunSettings.here))
        WHERE id = \(id)
        """
    }
}

extension RunStore {
    func newFiles(run: Int64) throws -> [NewFile] {
        try connection.query(
            statements.newFiles(run: run),
            as: String.self,
            String.self,
            Int64.self
        ).map { NewFile(table: Identifier($0.0, $0.1), horizon: $0.2) }
    }

    func hasOnlyNewRows(_ file: NewFile) throws -> Bool {
        try connection.queryOne(statements.hasOnlyNewRows(file), as: Bool.self)
    }
}
