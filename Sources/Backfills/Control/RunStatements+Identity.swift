import Control
import Postgres

/// A table whose file is another than the one that a run found.
struct NewFile: Sendable {
    let table: Identifier
    /// The transaction that last changed what the catalog says of the table: the one that made the file, or a later one.
    let changedBy: String
    /// Whether an ALTER TABLE may have written the rows anew, in that very transaction.
    let mayBeAltered: Bool
}

/// Every statement on what a run knows of its table.
extension RunStatements {
    /// The file of a table, as an expression.
    func file(ofTable oid: Int64?) -> SQL {
        "pg_catalog.pg_relation_filenode(\(oid)::bigint::pg_catalog.oid)::bigint"
    }

    /// The TOAST table of a table, as an expression; 0 when it has none.
    func toastTable(ofTable oid: Int64?) -> SQL {
        "(SELECT class.reltoastrelid::bigint FROM pg_catalog.pg_class AS class WHERE class.oid = \(oid)::bigint::pg_catalog.oid)"
    }

    /// The walked tables with another file than they had at the first chunk of one of their ranges.
    func newFiles(run id: Int64) -> SQL {
        """
        SELECT DISTINCT namespace.nspname::pg_catalog.text, class.relname::pg_catalog.text, class.xmin::pg_catalog.text,
               class.reltoastrelid = 0::pg_catalog.oid OR first.toast_table <> class.reltoastrelid::bigint
        FROM (
            SELECT range.walked_table, range.file_node, range.toast_table
            FROM \(identifier: range) AS range
            WHERE range.run_id = \(id) AND range.file_node IS NOT NULL AND range.chunks > 0
        ) AS first
        JOIN pg_catalog.pg_class AS class ON class.oid = first.walked_table::pg_catalog.oid
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE first.file_node <> pg_catalog.pg_relation_filenode(class.oid)::bigint
          AND pg_catalog.has_table_privilege(class.oid, 'SELECT')
        """
    }

    /// Whether a table has rows and none of them is older than its file. It reads up to the first old row.
    func hasOnlyNewRows(_ file: NewFile) -> SQL {
        """
        SELECT EXISTS (SELECT FROM ONLY \(identifier: file.table))
           AND NOT EXISTS (
               SELECT
               FROM ONLY \(identifier: file.table) AS walked
               WHERE pg_catalog.age(walked.xmin) > pg_catalog.age(\(file.changedBy)::pg_catalog.xid) - \(file.mayBeAltered ? 1 : 0)
           )
        """
    }

    /// Takes the files as they are now for those that the run found.
    func acceptFiles(run id: Int64) -> SQL {
        """
        UPDATE \(identifier: range)
        SET file_node = pg_catalog.pg_relation_filenode(walked_table)::bigint,
            toast_table = (
                SELECT class.reltoastrelid::bigint FROM pg_catalog.pg_class AS class WHERE class.oid = walked_table::pg_catalog.oid
            )
        WHERE run_id = \(id) AND file_node IS NOT NULL
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
        try newFiles(in: connection.rows(statements.newFiles(run: run)))
    }

    /// Reads the answer to the question for new files.
    func newFiles(in answer: ResultSet) throws -> [NewFile] {
        try answer.map { row in
            let (schema, name, change, mayBeAltered) = try row.decode(
                String.self,
                String.self,
                String.self,
                Bool.self
            )
            return NewFile(
                table: Identifier(schema, name),
                changedBy: change,
                mayBeAltered: mayBeAltered
            )
        }
    }

    func hasOnlyNewRows(_ file: NewFile) throws -> Bool {
        try connection.queryOne(statements.hasOnlyNewRows(file), as: Bool.self)
    }
}
