import Control
import Postgres

/// Every statement on the rows that were skipped.
extension RunStatements {
    private var skipped: Identifier { schema.table("backfill_skipped") }

    /// Records the rows of a key that cannot be applied, as they are now.
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
            FROM \(identifier: columns.table)
            WHERE \(columns.interval(KeyInterval(exactly: key))) \(ChunkStatements.conjunct(condition))
        ) AS refused
        """
    }

    func skippedCount(run: Int64) -> SQL {
        "SELECT count(*) FROM \(identifier: skipped) WHERE run_id = \(run)"
    }

    func skippedRows(run: Int64) -> SQL {
        """
        SELECT id, range_id, key, sqlstate, message, row::text
        FROM \(identifier: skipped)
        WHERE run_id = \(run)
        ORDER BY id
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
