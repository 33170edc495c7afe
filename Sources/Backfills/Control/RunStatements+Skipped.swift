import Control
import Postgres

/// Every statement on the rows that were skipped.
extension RunStatements {
    private var skipped: Identifier { schema.table("backfill_skipped") }

    /// The columns of a table that the role may read, in their order: of a row no more can be recorded than they hold.
    func readableColumns(of table: Identifier) -> SQL {
        """
        SELECT attribute.attname::pg_catalog.text
        FROM pg_catalog.pg_attribute AS attribute
        WHERE attribute.attrelid = \(table.quoted)::pg_catalog.regclass::pg_catalog.oid AND attribute.attnum > 0
          AND NOT attribute.attisdropped
          AND pg_catalog.has_column_privilege(attribute.attrelid, attribute.attnum, 'SELECT')
        ORDER BY attribute.attnum
        """
    }

    /// Records the rows of a key that cannot be applied, as they are now. A further pass over the table meets the same
    /// row at the same place again, and it is recorded once.
    ///
    /// - Parameter readable: what ``readableColumns(of:)`` returned for the walked table.
    func skip(
        _ key: Key,
        of columns: KeyColumns,
        readable: [String],
        where condition: SQLText?,
        _ claimed: ClaimedRange,
        run: Int64,
        reason: SkipReason
    ) -> SQL {
        """
        INSERT INTO \(identifier: skipped) (run_id, range_id, key, sqlstate, message, row)
        SELECT \(run), \(claimed.id), \(key.parameter), \(reason.sqlState), \(reason.message), refused.row
        FROM (
            SELECT \(Self.json(readable, of: columns.reference)) AS row
            FROM \(columns.relation)
            WHERE \(columns.interval(KeyInterval(exactly: key), of: columns.reference))
                  \(ChunkStatements.conjunct(condition))
        ) AS refused
        WHERE NOT EXISTS (
            SELECT
            FROM \(identifier: skipped) AS known
            JOIN \(identifier: range) AS range ON range.id = known.range_id
            WHERE known.run_id = \(run) AND range.pass < \(claimed.part?.pass ?? 1)
              AND range.walked_table::pg_catalog.oid = \(claimed.part?.table)::bigint::pg_catalog.oid
              AND known.key OPERATOR(pg_catalog.=) \(key.parameter)::pg_catalog.text[] AND \(Self.isSame("known.row", "refused.row"))
        )
        """
    }

    /// The rows that still need work and are not on the list as they are now, in all parts of a table at once: under one
    /// snapshot each row is in one place. Taking the length of the list off would be wrong: rows on it may have been
    /// changed since, or belong to the part of the table that is walked by its key. A role that sees places may read all
    /// columns.
    func remaining(_ key: KeyColumns, where condition: SQLText?, run: Int64) -> SQL {
        """
        WITH unfinished AS (
            SELECT \(identifier: key.table).tableoid, \(identifier: key.table).ctid::pg_catalog.text AS place,
                   pg_catalog.to_jsonb(\(identifier: Identifier(key.table.name)).*) AS row
            FROM \(identifier: key.table)
            WHERE \(key.nullCondition(of: key.table)) \(ChunkStatements.conjunct(condition))
        )
        SELECT pg_catalog.count(*)
        FROM unfinished
        WHERE NOT EXISTS (
            SELECT
            FROM \(identifier: skipped) AS known
            JOIN \(identifier: range) AS range ON range.id = known.range_id
            WHERE known.run_id = \(run) AND range.walked_table::pg_catalog.oid = unfinished.tableoid
              AND known.key OPERATOR(pg_catalog.=) ARRAY[unfinished.place]
              AND \(Self.isSame("known.row", "unfinished.row"))
        )
        """
    }

    /// A row as JSON, as far as it may be read.
    ///
    /// `name.*` is the whole row whatever the columns are called, where the bare name of a relation is the column of that
    /// name if there is one.
    private static func json(_ columns: [String], of relation: Identifier) -> SQL {
        let list = columns.map { "\(identifier: relation).\(identifier: $0)" as SQL }.joined(separator: ", ")
        return "(SELECT pg_catalog.to_jsonb(readable.*) FROM (SELECT \(list)) AS readable)"
    }

    /// Whether two records are of the same row, by the columns that both have: a row of an inheriting table has more of
    /// them on the list than are seen by way of its parent, and another role may read others.
    private static func isSame(_ one: SQL, _ other: SQL) -> SQL {
        func shared(_ record: SQL, with other: SQL) -> SQL {
            """
            (
                SELECT coalesce(pg_catalog.jsonb_object_agg(part.key, part.value), '{}')
                FROM pg_catalog.jsonb_each(\(record)) AS part
                WHERE \(other) ? part.key
            )
            """
        }
        return "\(shared(one, with: other)) = \(shared(other, with: one))"
    }

    func skippedCount(run: Int64) -> SQL {
        "SELECT pg_catalog.count(*) FROM \(identifier: skipped) WHERE run_id = \(run)"
    }

    /// The rows on the list. Looking does not upgrade older tables, whose ranges do not have the last three columns: their
    /// names mean those of `older` then. By way of a text the number of a table would have to be looked up by its name
    /// again, which its schema may not allow.
    func skippedRows(run: Int64) -> SQL {
        """
        SELECT found.*
        FROM (SELECT NULL::pg_catalog.regclass AS walked_table, 'key'::pg_catalog.text AS walk, 1 AS pass) AS older
        CROSS JOIN LATERAL (
            SELECT skipped.id, skipped.key, skipped.sqlstate, skipped.message, skipped.row::pg_catalog.text AS row,
                   walked_table::pg_catalog.oid::bigint, walk, pass
            FROM \(identifier: skipped) AS skipped
            JOIN \(identifier: range) AS range ON range.id = skipped.range_id
            WHERE skipped.run_id = \(run)
        ) AS found
        ORDER BY found.id
        """
    }

    /// Takes a skipped row off the list after all; the counters of its range follow.
    func unskip(_ row: SkippedRow, changed: Int) -> SQL {
        """
        WITH removed AS (
            DELETE FROM \(identifier: skipped) WHERE id = \(row.id) RETURNING range_id
        )
        UPDATE \(identifier: range) AS range
        SET rows_skipped = range.rows_skipped - 1,
            rows_changed = range.rows_changed + \(changed),
            updated_at = pg_catalog.clock_timestamp()
        FROM removed
        WHERE range.id = removed.range_id
        """
    }

    func renewSkipped(_ row: SkippedRow, reason: SkipReason) -> SQL {
        """
        UPDATE \(identifier: skipped)
        SET sqlstate = \(reason.sqlState), message = \(reason.message), at = pg_catalog.clock_timestamp()
        WHERE id = \(row.id)
        """
    }
}
