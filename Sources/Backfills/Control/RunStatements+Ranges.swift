import Control
import Postgres

/// Every statement on the ranges of a run.
extension RunStatements {
    func insertRange(run: Int64, ordinal: Int, part: RangePart?, _ cut: CutRange) -> SQL {
        """
        INSERT INTO \(identifier: range) (
            run_id, ordinal, walked_table, file_node, toast_table, walk, pass, lower_bound, upper_bound, cursor, rows_estimated
        )
        VALUES (
            \(run), \(ordinal), \(part?.table)::bigint::pg_catalog.oid::pg_catalog.regclass, \(file(ofTable: part?.table)),
            \(toastTable(ofTable: part?.table)),
            \((part?.order ?? .key).rawValue),
            \(part?.pass ?? 1), \(cut.lower.map(\.parameter))::pg_catalog.text[], \(cut.upper.parameter),
            \(cut.lower.map(\.parameter))::pg_catalog.text[], \(cut.rows)
        )
        """
    }

    /// Notes that a table was found without rows, so that it is not taken for a new one later.
    func insertEmptyRange(run: Int64, ordinal: Int, part: RangePart) -> SQL {
        """
        INSERT INTO \(identifier: range) (run_id, ordinal, walked_table, walk, pass, upper_bound, state)
        VALUES (
            \(run), \(ordinal), \(part.table)::bigint::pg_catalog.oid::pg_catalog.regclass, \(part.order.rawValue), \(part.pass), '{}', 'done'
        )
        """
    }

    /// The pass that a run is in, and the tables that have ranges.
    func coverage(run: Int64) -> SQL {
        """
        SELECT coalesce(pg_catalog.max(pass), 1), coalesce(pg_catalog.array_agg(DISTINCT walked_table::pg_catalog.oid::pg_catalog.text), '{}')
        FROM \(identifier: range)
        WHERE run_id = \(run)
        """
    }

    /// A range is free when nobody holds it, when its lease is over by the server's clock, or when the backend of its
    /// owner is gone: then that owner's transaction is rolled back and no lease needs to be waited for. A row of
    /// `pg_stat_activity` without a start time belongs to another role, whose backend cannot be told from a later one.
    private var isFree: SQL {
        """
        (range.state = 'pending' OR range.state = 'running' AND (
            range.lease_until < pg_catalog.clock_timestamp()
            OR NOT EXISTS (
                SELECT
                FROM pg_catalog.pg_stat_activity AS activity
                WHERE activity.pid = range.owner_backend
                  AND (activity.backend_start IS NULL OR activity.backend_start = range.backend_started)
            )
        ))
        """
    }

    private func ownership(_ owner: String, lease: Double) -> SQL {
        """
        epoch = range.epoch + 1,
        owner = \(owner),
        owner_backend = pg_catalog.pg_backend_pid(),
        backend_started = (SELECT backend_start FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()),
        lease_until = pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => \(lease)),
        updated_at = pg_catalog.clock_timestamp()
        """
    }

    private static let claimedColumns: SQL = """
        range.id, range.ordinal, range.cursor, range.upper_bound, range.epoch,
        range.walked_table::pg_catalog.oid::bigint, range.walk, range.pass, range.owner,
        range.chunks > 0
        """

    /// Claims the first free range; those who ask at the same moment get different ones.
    func claim(run id: Int64, owner: String, lease: Double) -> SQL {
        """
        UPDATE \(identifier: range) AS range
        SET state = 'running',
            \(ownership(owner, lease: lease))
        WHERE range.id = (
            SELECT range.id
            FROM \(identifier: range) AS range
            JOIN \(identifier: run) AS run ON run.id = range.run_id
            WHERE range.run_id = \(id) AND run.wanted = 'running' AND \(isFree)
            ORDER BY range.ordinal
            LIMIT 1
            FOR UPDATE OF range SKIP LOCKED
        )
        RETURNING \(Self.claimedColumns)
        """
    }

    /// Claims again what this worker held before something went wrong: the position is the database's, whatever the worker
    /// remembers. It waits for the old backend, whose COMMIT may still be under way and holds the row's lock, so that what it
    /// returns is the truth: a range whose last chunk was committed after all stays done, and one whose last chunks a crash took
    /// along goes back. The owner is compared beside the epoch, because a server that came back without its last transactions
    /// may have given the same number to somebody else.
    func reclaim(_ claimed: ClaimedRange, lease: Double, error: String?) -> SQL {
        """
        UPDATE \(identifier: range) AS range
        SET state = CASE range.state WHEN 'done' THEN 'done' ELSE 'running' END,
            \(ownership(claimed.owner, lease: lease)),
            retries = range.retries + \(error == nil ? 0 : 1),
            last_error = coalesce(\(error), range.last_error)
        WHERE range.id = \(claimed.id) AND range.epoch = \(claimed.epoch) AND range.owner = \(claimed.owner)
        RETURNING \(Self.claimedColumns)
        """
    }

    /// Makes the lease of a range longer while its worker has nothing to store yet, and asks what is wanted. No row comes back
    /// where the range is somebody else's by now.
    func renew(_ claimed: ClaimedRange, lease: Double) -> SQL {
        """
        UPDATE \(identifier: range) AS range
        SET lease_until = pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => \(lease)),
            updated_at = pg_catalog.clock_timestamp()
        FROM \(identifier: run) AS run
        WHERE range.id = \(claimed.id)
          AND range.epoch = \(claimed.epoch)
          AND range.owner = \(claimed.owner)
          AND range.state = 'running'
          AND run.id = range.run_id
        RETURNING run.wanted
        """
    }

    /// The first range that has work left, whoever holds it; for looking only.
    func firstUndone(run id: Int64) -> SQL {
        """
        SELECT \(Self.claimedColumns)
        FROM \(identifier: range) AS range
        WHERE range.run_id = \(id) AND range.state <> 'done'
        ORDER BY range.ordinal
        LIMIT 1
        """
    }

    /// Makes sure that no worker of a run commits another chunk.
    func fence(run id: Int64) -> SQL {
        "UPDATE \(identifier: range) SET epoch = epoch + 1 WHERE run_id = \(id)"
    }

    func release(_ claimed: ClaimedRange) -> SQL {
        """
        UPDATE \(identifier: range)
        SET state = 'pending', owner = NULL, owner_backend = NULL, lease_until = NULL, updated_at = pg_catalog.clock_timestamp()
        WHERE id = \(claimed.id) AND epoch = \(claimed.epoch) AND state = 'running'
        """
    }

    /// The last statement of a chunk's transaction: the checkpoint, the renewal of the lease, and the question what is
    /// wanted. It fails, and COMMIT behind it with it, where the range is not what the worker believes: claimed by somebody
    /// else, or gone back because the server lost its last transactions.
    ///
    /// - Parameter changed: how many rows were written, where the server alone knows it yet.
    func checkpoint(
        _ claimed: ClaimedRange,
        _ counts: ChunkCounts,
        changed: SQL? = nil,
        cursor: Key,
        end: ChunkEnd,
        lease: Double
    ) -> SQL {
        """
        WITH stored AS (
            UPDATE \(identifier: range) AS range
            SET cursor = \(cursor.parameter),
                state = \(end == .rangeDone ? "done" : "running"),
                lease_until = pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => \(lease)),
                rows_scanned = range.rows_scanned + \(counts.scanned),
                rows_matched = range.rows_matched + \(counts.matched),
                rows_changed = range.rows_changed + \(changed ?? "\(counts.changed)"),
                rows_moved = range.rows_moved + \(counts.moved),
                rows_skipped = range.rows_skipped + \(counts.skipped),
                chunks = range.chunks + 1,
                seconds = range.seconds + extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp())::pg_catalog.float8,
                last_error = NULL,
                \(claimed.hasBegun ? "" : foundFiles)
                updated_at = pg_catalog.clock_timestamp()
            FROM \(identifier: run) AS run
            WHERE range.id = \(claimed.id)
              AND range.epoch = \(claimed.epoch)
              AND range.owner = \(claimed.owner)
              AND \(isAt(claimed.cursor))
              AND run.id = range.run_id
            RETURNING run.wanted
        )
        SELECT coalesce(
            (SELECT wanted FROM stored),
            ((SELECT pg_catalog.count(*)::pg_catalog.text FROM stored) || ' rows: the range has another owner or another cursor')::integer::pg_catalog.text
        )
        """
    }

    /// Where a range's first rows are. Its table may have been written anew, or emptied and filled, since the range was cut: nothing
    /// was behind the cursor then.
    private var foundFiles: SQL {
        """
        file_node = pg_catalog.pg_relation_filenode(range.walked_table)::bigint,
        toast_table = (
            SELECT class.reltoastrelid::bigint FROM pg_catalog.pg_class AS class WHERE class.oid = range.walked_table::pg_catalog.oid
        ),
        """
    }

    /// Without `IS NOT DISTINCT FROM`, whose operator is looked up by its name alone: this runs where the author's names mean what
    /// they mean to him.
    private func isAt(_ cursor: Key?) -> SQL {
        guard let cursor else { return "range.cursor IS NULL" }
        return "range.cursor OPERATOR(pg_catalog.=) \(cursor.parameter)::pg_catalog.text[]"
    }

    /// The code of the error that ``checkpoint(_:_:cursor:end:lease:)`` ends in: a text that is no number.
    static let fenceState = SQLState(rawValue: "22P02")

    func progress(of id: Int64) -> SQL {
        """
        SELECT pg_catalog.count(*),
               pg_catalog.count(*) FILTER (WHERE range.state = 'done'),
               pg_catalog.count(*) FILTER (WHERE range.state = 'running' AND NOT \(isFree)),
               coalesce(pg_catalog.sum(rows_scanned), 0)::bigint,
               coalesce(pg_catalog.sum(rows_matched), 0)::bigint,
               coalesce(pg_catalog.sum(rows_changed), 0)::bigint,
               coalesce(pg_catalog.sum(rows_moved), 0)::bigint,
               coalesce(pg_catalog.sum(rows_skipped), 0)::bigint,
               coalesce(pg_catalog.sum(chunks), 0)::bigint,
               coalesce(pg_catalog.sum(retries), 0)::bigint,
               coalesce(pg_catalog.sum(seconds), 0)::pg_catalog.float8
        FROM \(identifier: range) AS range
        WHERE run_id = \(id)
        """
    }

    /// The range with the most work left among those that somebody is at, unless it is committing just now.
    func largestHeld(run id: Int64, atLeast rows: Int) -> SQL {
        """
        SELECT \(Self.claimedColumns), range.rows_estimated - range.rows_scanned AS rows_left
        FROM \(identifier: range) AS range
        WHERE range.run_id = \(id) AND range.state = 'running' AND range.rows_estimated - range.rows_scanned >= \(rows)
        ORDER BY range.rows_estimated - range.rows_scanned DESC
        LIMIT 1
        FOR UPDATE SKIP LOCKED
        """
    }

    /// Cuts a range short and frees it. Its owner finds the epoch changed, rolls its chunk back and claims again.
    func shorten(_ claimed: ClaimedRange, to upper: Key, rows: Int) -> SQL {
        """
        UPDATE \(identifier: range)
        SET upper_bound = \(upper.parameter), rows_estimated = rows_scanned + \(rows), state = 'pending',
            epoch = epoch + 1, owner = NULL, owner_backend = NULL, lease_until = NULL, updated_at = pg_catalog.clock_timestamp()
        WHERE id = \(claimed.id)
        """
    }

    /// The range of a table's walk that nothing follows: its end begins no other one.
    func topRange(run id: Int64, table: Int64) -> SQL {
        """
        SELECT \(Self.claimedColumns)
        FROM \(identifier: range) AS range
        WHERE range.run_id = \(id) AND range.walk = 'key' AND range.upper_bound OPERATOR(pg_catalog.<>) '{}'::pg_catalog.text[]
          AND (range.walked_table IS NULL OR range.walked_table::pg_catalog.oid = \(table)::bigint::pg_catalog.oid)
          AND NOT EXISTS (
              SELECT
              FROM \(identifier: range) AS next
              WHERE next.run_id = range.run_id AND next.walk = 'key' AND next.lower_bound OPERATOR(pg_catalog.=) range.upper_bound
                AND next.walked_table::pg_catalog.oid IS NOT DISTINCT FROM range.walked_table::pg_catalog.oid
          )
        ORDER BY range.ordinal DESC
        LIMIT 1
        """
    }

    /// Makes a range longer, unless it has another end by now.
    func extend(_ claimed: ClaimedRange, to upper: Key, rows: Int) -> SQL {
        """
        UPDATE \(identifier: range)
        SET upper_bound = \(upper.parameter), state = 'pending', rows_estimated = rows_scanned + \(rows),
            owner = NULL, owner_backend = NULL, lease_until = NULL, updated_at = pg_catalog.clock_timestamp()
        WHERE id = \(claimed.id) AND state = 'done' AND upper_bound OPERATOR(pg_catalog.=) \(claimed.upper.parameter)::pg_catalog.text[]
        """
    }

    func nextOrdinal(run id: Int64) -> SQL {
        "SELECT coalesce(pg_catalog.max(ordinal), 0) + 1 FROM \(identifier: range) WHERE run_id = \(id)"
    }
}
