import Bulk
import Control
import Postgres

/// The statements about the runs of imports.
struct ImportRunStatements {
    let schema: ControlSchema

    private var run: Identifier { schema.table("import_run") }

    /// The latest run of a file into a table that nobody abandoned.
    func latest(file: String, target: String) -> SQL {
        """
        SELECT \(columns)
        FROM \(identifier: run)
        WHERE file = \(file) AND target = \(target) AND state <> 'abandoned'
        ORDER BY id DESC
        LIMIT 1
        """
    }

    /// A run by its number.
    func find(_ id: Int64) -> SQL {
        "SELECT \(columns) FROM \(identifier: run) WHERE id = \(id)"
    }

    /// What an ``ImportRun`` is made of.
    private var columns: SQL {
        """
        id, state, options, checksum, file_size, updated_at::pg_catalog.text, byte_offset, line, records,
        rows_read, rows_proposed, rows_inserted, rows_updated, rows_duplicate, rows_skipped, rows_dropped,
        rows_settled
        """
    }

    /// Makes a run, unless another process has one of the same file under way; it waits for one that is not committed.
    func create(
        file: String,
        target: String,
        options: String,
        state: ImportRun.State,
        size: Int?,
        _ origin: Origin
    ) -> SQL {
        """
        INSERT INTO \(identifier: run) (file, target, options, state, file_size, created_by, host, tool_version)
        VALUES (
            \(file), \(target), \(options), \(state.rawValue), \(size), \(origin.actor), \(origin.host), \(origin.toolVersion)
        )
        ON CONFLICT (file, target) WHERE state = 'running' DO NOTHING
        RETURNING id
        """
    }

    /// Locks a run and tells where it stands. It waits for the transaction of whoever goes on with it, a lost session of our
    /// own among them, so what it returns is decided.
    func place(_ id: Int64) -> SQL {
        """
        SELECT state, byte_offset
        FROM \(identifier: run)
        WHERE id = \(id)
        FOR NO KEY UPDATE
        """
    }

    /// Moves a run on from where it was claimed; no row when it stands elsewhere.
    func record(_ id: Int64, from offset: Int, _ checkpoint: ImportCheckpoint) -> SQL {
        let (position, totals) = (checkpoint.position, checkpoint.totals)
        let end: SQL =
            checkpoint.isLast ? ", state = 'completed', finished_at = clock_timestamp()" : ""
        return """
            UPDATE \(identifier: run)
            SET byte_offset = \(position.offset), line = \(position.line), records = \(position.records),
                checksum = pg_catalog.encode(pg_catalog.sha256(\(checkpoint.sample)), 'hex'),
                rows_read = \(totals.rows), rows_skipped = \(totals.skipped),
                rows_proposed = \(totals.outcome.proposed), rows_inserted = \(totals.outcome.inserted),
                rows_updated = \(totals.outcome.updated), rows_duplicate = \(totals.outcome.duplicates),
                rows_dropped = \(totals.outcome.dropped),
                chunks = chunks + 1, updated_at = pg_catalog.clock_timestamp()\(end)
            WHERE id = \(id) AND byte_offset = \(offset)
            """
    }

    /// Keeps rows that were left out, in the order of the file.
    func recordSkipped(_ id: Int64, _ rows: [SkippedLine], as texts: StorableText) -> SQL {
        """
        INSERT INTO \(identifier: schema.table("backfill_skipped")) (import_id, line, text, sqlstate, message)
        SELECT \(id), skipped.line, skipped.text, NULLIF(skipped.sqlstate, ''::pg_catalog.text), skipped.message
        FROM ROWS FROM (
            pg_catalog.unnest(\(rows.map { Int64($0.line) })::bigint[]),
            pg_catalog.unnest(\(rows.map { texts.storable($0.text) })::pg_catalog.text[]),
            pg_catalog.unnest(\(rows.map { $0.sqlState ?? "" })::pg_catalog.text[]),
            pg_catalog.unnest(\(rows.map { texts.storable($0.reason) })::pg_catalog.text[])
        ) WITH ORDINALITY AS skipped (line, text, sqlstate, message, ordinal)
        ORDER BY skipped.ordinal
        """
    }

    /// The rows that a run left out are in the table now, by the import of a file that holds them.
    func settle(_ id: Int64, target: String) -> SQL {
        """
        WITH settled AS (
            DELETE FROM \(identifier: schema.table("backfill_skipped"))
            WHERE import_id = (SELECT id FROM \(identifier: run) WHERE id = \(id) AND target = \(target))
            RETURNING 1
        )
        UPDATE \(identifier: run)
        SET rows_settled = rows_settled + (SELECT pg_catalog.count(*) FROM settled)
        WHERE id = \(id) AND target = \(target)
        """
    }

    /// What the database keeps its texts in.
    static let encoding: SQL = "SELECT pg_catalog.current_setting('server_encoding')"

    /// The rows that the latest run of a file into a table left out.
    func skipped(file: String, target: String) -> SQL {
        """
        SELECT import_id, line, text, sqlstate, message
        FROM \(identifier: schema.table("backfill_skipped"))
        WHERE import_id = (
            SELECT pg_catalog.max(id) FROM \(identifier: run)
            WHERE file = \(file) AND target = \(target) AND state <> 'abandoned'
        )
        ORDER BY line, id
        """
    }

    func checksum(_ sample: [UInt8]) -> SQL {
        "SELECT pg_catalog.encode(pg_catalog.sha256(\(sample)), 'hex')"
    }

    /// How long a statement of the session may wait for a lock, in milliseconds; 0 for ever.
    static let lockTimeout: SQL = """
        SELECT (extract(epoch FROM pg_catalog.current_setting('lock_timeout')::interval)::pg_catalog.float8
                    OPERATOR(pg_catalog.*) 1000::pg_catalog.float8)::bigint
        """

    func abandon(_ id: Int64) -> SQL {
        "UPDATE \(identifier: run) SET state = 'abandoned', finished_at = pg_catalog.clock_timestamp() WHERE id = \(id)"
    }
}
