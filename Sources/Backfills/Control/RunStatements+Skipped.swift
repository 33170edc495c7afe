import Control
import Postgres

/// Every statement on the rows that were skipped.
extension RunStatements {
    private var skipped: Identifier { schema.table("backfill_skipped") }

    /// Records the rows of a key that cannot be applied, as they are now. A further pass over the table meets the same
    /// row at the same place again, and it is recorded once.
    func skip(
        _ key: Key,
        of columns: KeyColumns,
        where condition: SQLText?,
        _ claimed: ClaimedRange,
        run: Int64,
        reason: SkipReason
    ) -> SQL {
        """
        INSERT INTO \(identifier: skipped) (run_id, range_id, key, sqlstate, message, row)
        SELECT \(run), \(claimed.id), \(key.parameter), \(reason.sqlState), \(reason.message), to_jsonb(refused)
        FROM (
            SELECT *
            FROM \(columns.relation)
            WHERE \(columns.interval(KeyInterval(exactly: key))) \(ChunkStatements.conjunct(condition))
        ) AS refused
        WHERE NOT EXISTS (
            SELECT
            FROM \(identifier: skipped) AS known
            JOIN \(identifier: range) AS range ON range.id = known.range_id
            WHERE known.run_id = \(run) AND range.pass < \(claimed.part?.pass ?? 1)
              AND range.walked_table = \(claimed.part?.table)::bigint::oid::regclass
              AND known.key = \(key.parameter) AND known.row = to_jsonb(refused)
        )
        """
    }

    /// The rows that still need work and are not on the list as they are now, in all parts of a table at once: under one
    /// snapshot each row is in one place. Taking the length of the list off would be wrong: rows on it may have been
    /// changed since, or belong to the part of the table that is walked by its key. A row of an inheriting table has more
    /// columns on the list than are seen here.
    func remaining(_ key: KeyColumns, where condition: SQLText?, run: Int64) -> SQL {
        """
        WITH unfinished AS (
            SELECT tableoid, ctid::text AS place, to_jsonb(\(identifier: Identifier(key.table.name)).*) AS row
            FROM \(identifier: key.table)
            WHERE \(key.nullCondition()) \(ChunkStatements.conjunct(condition))
        )
        SELECT count(*)
        FROM unfinished
        WHERE NOT EXISTS (
            SELECT
            FROM \(identifier: skipped) AS known
            JOIN \(identifier: range) AS range ON range.id = known.range_id
            WHERE known.run_id = \(run) AND range.walked_table = unfinished.tableoid
              AND known.key = ARRAY[unfinished.place]
              AND unfinished.row = (
                  SELECT jsonb_object_agg(part.key, part.value)
                  FROM jsonb_each(known.row) AS part
                  WHERE unfinished.row ? part.key
              )
        )
        """
    }

    func skippedCount(run: Int64) -> SQL {
        "SELECT count(*) FROM \(identifier: skipped) WHERE run_id = \(run)"
    }

    /// The rows on the list. Looking does not upgrade older tables, whose ranges do not have the last three columns: their
    /// names mean those of `older` then. By way of a text the number of a table would have to be looked up by its name
    /// again, which its schema may not allow.
    func skippedRows(run: Int64) -> SQL {
        """
        SELECT found.*
        FROM (SELECT NULL::regclass AS walked_table, 'key'::text AS walk, 1 AS pass) AS older
        CROSS JOIN LATERAL (
            SELECT skipped.id, skipped.key, skipped.sqlstate, skipped.message, skipped.row::text AS row,
                   walked_table::oid::bigint, walk, pass
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
            updated_at = clock_timestamp()
        FROM removed
        WHERE range.id = removed.range_id
        """
    }

    func renewSkipped(_ row: SkippedRow, reason: SkipReason) -> SQL {
        """
        UPDATE \(identifier: skipped)
        SET sqlstate = \(reason.sqlState), message = \(reason.message), at = clock_timestamp()
        WHERE id = \(row.id)
        """
    }
}
