import Control
import Postgres

/// Every statement on the control tables of backfills.
struct RunStatements: Sendable {
    let schema: ControlSchema

    private var run: Identifier { schema.table("backfill_run") }
    private var range: Identifier { schema.table("backfill_range") }

    // MARK: Runs

    private static let runColumns: SQL = """
        id, name, state, wanted, definition, upper_bound, system_identifier, rows_estimated, verify_result, last_error
        """

    /// The latest run of a backfill.
    func latestRun(of name: String) -> SQL {
        """
        SELECT \(Self.runColumns)
        FROM \(identifier: run)
        WHERE name = \(name)
        ORDER BY id DESC
        LIMIT 1
        """
    }

    func run(_ id: Int64) -> SQL {
        "SELECT \(Self.runColumns) FROM \(identifier: run) WHERE id = \(id)"
    }

    /// Takes the row lock that all who change a run's state take first.
    func lockRun(_ id: Int64) -> SQL {
        "SELECT \(Self.runColumns) FROM \(identifier: run) WHERE id = \(id) FOR NO KEY UPDATE"
    }

    /// Makes a run, unless an unfinished one of the name appeared meanwhile.
    func createRun(
        _ backfill: Backfill,
        _ source: SourceTable,
        _ system: SystemIdentity,
        _ origin: Origin
    ) -> SQL {
        let text = backfill.definitionText
        return """
            INSERT INTO \(identifier: run) (
                name, kind, definition, definition_hash, source_table, key_columns, rows_estimated,
                created_by, host, tool_version, system_identifier, database_oid
            )
            VALUES (
                \(backfill.name), \(backfill.kind), \(text), encode(sha256(convert_to(\(text), 'UTF8')), 'hex'),
                \(source.table.description), \(PostgresArray(source.key.names)), \(source.estimatedRows),
                \(origin.actor), \(origin.host), \(origin.toolVersion), \(system.cluster), \(system.database)
            )
            ON CONFLICT (name) WHERE state IN ('pending', 'running', 'paused', 'failed') DO NOTHING
            RETURNING \(Self.runColumns)
            """
    }

    func setState(_ state: RunState, of id: Int64, error: String? = nil) -> SQL {
        """
        UPDATE \(identifier: run)
        SET state = \(state.rawValue),
            last_error = \(error),
            finished_at = CASE WHEN \(!state.isUnfinished) THEN coalesce(finished_at, clock_timestamp()) END
        WHERE id = \(id)
        """
    }

    func setWanted(_ wanted: WantedState, of id: Int64) -> SQL {
        "UPDATE \(identifier: run) SET wanted = \(wanted.rawValue) WHERE id = \(id)"
    }

    func setVerifyResult(_ result: Int64, of id: Int64) -> SQL {
        "UPDATE \(identifier: run) SET verify_result = \(result) WHERE id = \(id)"
    }

    func acceptDefinition(_ text: String, of id: Int64) -> SQL {
        """
        UPDATE \(identifier: run)
        SET definition = \(text), definition_hash = encode(sha256(convert_to(\(text), 'UTF8')), 'hex')
        WHERE id = \(id)
        """
    }

    func adopt(_ system: SystemIdentity, run id: Int64) -> SQL {
        """
        UPDATE \(identifier: run)
        SET system_identifier = \(system.cluster), database_oid = \(system.database)
        WHERE id = \(id)
        """
    }

    func setUpperBound(_ bound: Key?, rows: Int, of id: Int64) -> SQL {
        """
        UPDATE \(identifier: run)
        SET upper_bound = \(bound.map(\.parameter))::text[], rows_estimated = greatest(rows_estimated, \(rows))
        WHERE id = \(id)
        """
    }

    /// All runs, or those of one backfill, the latest of each name, with the sums over their ranges.
    func statuses(of name: String?) -> SQL {
        """
        SELECT run.id, run.name, run.state, run.wanted, run.definition, run.upper_bound, run.system_identifier,
               run.rows_estimated, run.verify_result, run.last_error,
               run.kind, run.source_table, run.created_at::text, run.finished_at::text,
               (SELECT max(updated_at)::text FROM \(identifier: range) WHERE run_id = run.id)
        FROM \(identifier: run) AS run
        WHERE run.id IN (SELECT max(id) FROM \(identifier: run) GROUP BY name)
          AND (\(name)::text IS NULL OR run.name = \(name))
        ORDER BY run.name
        """
    }

    // MARK: Ranges

    func insertRange(run: Int64, ordinal: Int, lower: Key?, upper: Key) -> SQL {
        """
        INSERT INTO \(identifier: range) (run_id, ordinal, lower_bound, upper_bound, cursor)
        VALUES (\(run), \(ordinal), \(lower.map(\.parameter))::text[], \(upper.parameter), \(lower.map(\.parameter))::text[])
        """
    }

    /// A range is free when nobody holds it, when its lease is over by the server's clock, or when the backend of its
    /// owner is gone: then that owner's transaction is rolled back and no lease needs to be waited for. A row of
    /// `pg_stat_activity` without a start time belongs to another role, whose backend cannot be told from a later one.
    private var isFree: SQL {
        """
        (range.state = 'pending' OR range.state = 'running' AND (
            range.lease_until < clock_timestamp()
            OR NOT EXISTS (
                SELECT
                FROM pg_stat_activity AS activity
                WHERE activity.pid = range.owner_backend
                  AND (activity.backend_start IS NULL OR activity.backend_start = range.backend_started)
            )
        ))
        """
    }

    private func ownership(_ owner: String, lease: Double) -> SQL {
        """
        state = 'running',
        epoch = range.epoch + 1,
        owner = \(owner),
        owner_backend = pg_backend_pid(),
        backend_started = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()),
        lease_until = clock_timestamp() + make_interval(secs => \(lease)),
        updated_at = clock_timestamp()
        """
    }

    private static let claimedColumns: SQL = """
        range.id, range.ordinal, range.cursor, range.upper_bound, range.epoch, range.rows_scanned
        """

    /// Claims the first free range; those who ask at the same moment get different ones.
    func claim(run id: Int64, owner: String, lease: Double) -> SQL {
        """
        UPDATE \(identifier: range) AS range
        SET \(ownership(owner, lease: lease))
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

    /// Claims again what this worker held before its connection broke. It waits for the old backend, whose COMMIT may
    /// still be under way and holds the row's lock, so that what it returns is the truth.
    func reclaim(_ claimed: ClaimedRange, owner: String, lease: Double) -> SQL {
        """
        UPDATE \(identifier: range) AS range
        SET \(ownership(owner, lease: lease)),
            retries = range.retries + 1
        WHERE range.id = \(claimed.id) AND range.epoch = \(claimed.epoch)
        RETURNING \(Self.claimedColumns)
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
        SET state = 'pending', owner = NULL, owner_backend = NULL, lease_until = NULL, updated_at = clock_timestamp()
        WHERE id = \(claimed.id) AND epoch = \(claimed.epoch) AND state = 'running'
        """
    }

    /// The last statement of a chunk's transaction: the checkpoint, the renewal of the lease, and the question what is
    /// wanted. No row comes back when somebody else has claimed the range.
    func checkpoint(
        _ claimed: ClaimedRange,
        _ counts: ChunkCounts,
        cursor: Key,
        end: ChunkEnd,
        lease: Double
    ) -> SQL {
        """
        UPDATE \(identifier: range) AS range
        SET cursor = \(cursor.parameter),
            state = \(end == .rangeDone ? "done" : "running"),
            lease_until = clock_timestamp() + make_interval(secs => \(lease)),
            rows_scanned = range.rows_scanned + \(counts.scanned),
            rows_matched = range.rows_matched + \(counts.matched),
            rows_changed = range.rows_changed + \(counts.changed),
            rows_moved = range.rows_moved + \(counts.moved),
            rows_skipped = range.rows_skipped + \(counts.skipped),
            chunks = range.chunks + 1,
            seconds = range.seconds + extract(epoch FROM clock_timestamp() - transaction_timestamp()),
            last_error = NULL,
            updated_at = clock_timestamp()
        FROM \(identifier: run) AS run
        WHERE range.id = \(claimed.id) AND range.epoch = \(claimed.epoch) AND run.id = range.run_id
        RETURNING run.wanted
        """
    }

    func recordRetry(_ claimed: ClaimedRange, error: String) -> SQL {
        """
        UPDATE \(identifier: range)
        SET retries = retries + 1, last_error = \(error), updated_at = clock_timestamp()
        WHERE id = \(claimed.id) AND epoch = \(claimed.epoch)
        """
    }

    func progress(of id: Int64) -> SQL {
        """
        SELECT count(*),
               count(*) FILTER (WHERE range.state = 'done'),
               count(*) FILTER (WHERE range.state = 'running' AND NOT \(isFree)),
               coalesce(sum(rows_scanned), 0)::bigint,
               coalesce(sum(rows_matched), 0)::bigint,
               coalesce(sum(rows_changed), 0)::bigint,
               coalesce(sum(rows_moved), 0)::bigint,
               coalesce(sum(rows_skipped), 0)::bigint,
               coalesce(sum(chunks), 0)::bigint,
               coalesce(sum(retries), 0)::bigint,
               coalesce(sum(seconds), 0)::float8
        FROM \(identifier: range) AS range
        WHERE run_id = \(id)
        """
    }

    // MARK: Skipped rows

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
