import Bulk
import Control
import Digests
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
        id, state, file, options, content_sha256, updated_at::pg_catalog.text, byte_offset, line, records,
        target_oid, target_file, rows_read, rows_proposed, rows_inserted, rows_updated, rows_duplicate, rows_skipped,
        rows_dropped, rows_settled
        """
    }

    /// Makes a run, unless another process has one of the same file under way; it waits for one that is not committed.
    func create(
        file: String,
        target: String,
        options: String,
        state: ImportRun.State,
        table: Identifier,
        _ origin: Origin
    ) -> SQL {
        """
        INSERT INTO \(identifier: run) (
            file, target, options, state, created_by, host, tool_version, first_xid, target_oid, target_file
        )
        SELECT \(file), \(target), \(options), \(state.rawValue), \(origin.actor), \(origin.host), \(origin.toolVersion),
               \(Self.transaction), identity.oid, identity.file
        FROM (\(TargetIdentity.question(table))) AS identity (oid, file)
        ON CONFLICT (file, target) WHERE state = 'running' DO NOTHING
        RETURNING id
        """
    }

    /// Whether another run of a file was begun behind one: it has come to its end, or the transaction could not have made one of its own.
    func isOvertaken(file: String, target: String, behind known: Int64) -> SQL {
        """
        SELECT EXISTS (
            SELECT FROM \(identifier: run)
            WHERE file = \(file) AND target = \(target) AND state <> 'abandoned' AND id > \(known)
              AND first_xid IS DISTINCT FROM \(Self.transaction)
        )
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

    /// Which table a chunk may have been stored in.
    enum Target {
        /// Whichever the name means: the run begins with it.
        case any
        /// The one that the run began with.
        case same
    }

    /// Moves a run on from a place; an error that ``isDisagreement(_:)`` knows when it stands elsewhere or its table is another one.
    ///
    /// The table is locked by what the transaction has written to it, so what is found of it holds until the COMMIT.
    func record(
        _ id: Int64,
        from offset: Int,
        _ checkpoint: ImportCheckpoint,
        into table: Identifier,
        _ wanted: Target
    ) -> SQL {
        let (position, totals) = (checkpoint.position, checkpoint.totals)
        let end: SQL =
            checkpoint.isLast ? ", state = 'completed', finished_at = pg_catalog.clock_timestamp()" : ""
        let isSame: SQL =
            wanted == .same
            ? "identity.oid = target_oid AND identity.file IS NOT DISTINCT FROM target_file" : "true"
        return """
            WITH moved AS (
                UPDATE \(identifier: run)
                SET byte_offset = \(position.offset), line = \(position.line), records = \(position.records),
                    content_sha256 = \(checkpoint.content.hex),
                    head_sha256 = coalesce(\(checkpoint.head?.hex), head_sha256),
                    first_xid = least(first_xid, \(Self.transaction)), last_xid = greatest(last_xid, \(Self.transaction)),
                    rows_read = \(totals.rows), rows_skipped = \(totals.skipped),
                    rows_proposed = \(totals.outcome.proposed), rows_inserted = \(totals.outcome.inserted),
                    rows_updated = \(totals.outcome.updated), rows_duplicate = \(totals.outcome.duplicates),
                    rows_dropped = \(totals.outcome.dropped),
                    chunks = chunks + 1, updated_at = pg_catalog.clock_timestamp()\(end)
                FROM (\(TargetIdentity.question(table))) AS identity (oid, file)
                WHERE id = \(id) AND byte_offset = \(offset)
                RETURNING \(isSame) AS is_same
            )
            SELECT CASE pg_catalog.count(*) FILTER (WHERE is_same)
                       WHEN 1::bigint THEN true
                       ELSE pg_catalog.concat(\(Self.disagreement)::pg_catalog.text, pg_catalog.count(*))::boolean END
            FROM moved
            """
    }

    private static let disagreement = "caisson: the import does not stand where it stood "

    /// Whether a run was not moved on because it, or its table, was not what it was.
    static func isDisagreement(_ error: any Error) -> Bool {
        guard case PostgresError.server(let refusal) = error else { return false }
        return refusal.message.contains(disagreement)
    }

    /// The number of the transaction, which all rows bear that it stores.
    private static let transaction: SQL = "pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8"

    /// Takes over that the table has another file, after it was found to have the rows.
    func note(_ identity: TargetIdentity, of id: Int64) -> SQL {
        "UPDATE \(identifier: run) SET target_file = \(identity.file) WHERE id = \(id) AND target_oid = \(identity.oid)"
    }

    /// Whether a row of the transactions of a run is in its table, other than of the one under way. A rewrite of the table (VACUUM FULL, CLUSTER) keeps their
    /// numbers; TRUNCATE leaves none.
    func isStored(_ id: Int64, in table: Identifier) -> SQL {
        """
        SELECT EXISTS (
            SELECT FROM \(identifier: table) AS stored, \(identifier: run) AS own
            WHERE own.id = \(id)
              AND ((stored.xmin::pg_catalog.text::pg_catalog.int8
                      OPERATOR(pg_catalog.-) (own.first_xid OPERATOR(pg_catalog.%) 4294967296))
                      OPERATOR(pg_catalog.+) 4294967296) OPERATOR(pg_catalog.%) 4294967296
                  OPERATOR(pg_catalog.<=) (coalesce(own.last_xid, own.first_xid) OPERATOR(pg_catalog.-) own.first_xid)
              AND stored.xmin::pg_catalog.text::pg_catalog.int8 OPERATOR(pg_catalog.<>) coalesce(
                  pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text::pg_catalog.int8
                      OPERATOR(pg_catalog.%) 4294967296, 0::pg_catalog.int8)
        )
        """
    }

    /// Takes over that the table of a complete run has got the name of another; no row when it is not the table that the run
    /// has filled.
    func move(file: String, from beside: String, _ oid: Int64, to target: String) -> SQL {
        """
        UPDATE \(identifier: run)
        SET target = \(target)
        WHERE file = \(file) AND target = \(beside) AND state = 'completed' AND target_oid = \(oid)
        RETURNING id
        """
    }

    /// Gives up what was begun about a table whose rows are gone.
    func abandon(into target: String, _ runs: AbandonedRuns) -> SQL {
        let which: SQL =
            switch runs {
            case .all: "state <> 'abandoned'"
            case .running(let file): "state = 'running' AND file = \(file)"
            }
        return """
            UPDATE \(identifier: run)
            SET state = 'abandoned', finished_at = pg_catalog.clock_timestamp()
            WHERE target = \(target) AND \(which)
            """
    }

    /// Which runs into a table are given up.
    enum AbandonedRuns {
        /// All of them.
        case all
        /// The one of a file that is not complete.
        case running(file: String)
    }

    /// Opens a completed run again, to go on with what was added to its file.
    func reopen(_ id: Int64, file: String) -> SQL {
        """
        UPDATE \(identifier: run)
        SET state = 'running', finished_at = NULL, file = \(file)
        WHERE id = \(id) AND state IN ('completed', 'running')
        """
    }

    /// The runs of other files into a table that begin as this one does, the latest first.
    func twins(file: String, target: String, options: String, head: String) -> SQL {
        """
        SELECT \(columns)
        FROM \(identifier: run)
        WHERE target = \(target) AND file <> \(file) AND options = \(options) AND head_sha256 = \(head)
          AND state <> 'abandoned' AND rows_read > 0
        ORDER BY id DESC
        LIMIT 20
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
    func settle(_ origin: RejectsFile.Origin, target: String) -> SQL {
        """
        WITH settled AS (
            DELETE FROM \(identifier: schema.table("backfill_skipped"))
            WHERE import_id = (
                SELECT id
                FROM \(identifier: run)
                WHERE id = \(origin.run) AND target = \(target)
                  AND \(Self.begun) OPERATOR(pg_catalog.=) \(origin.begun)
            )
            RETURNING import_id
        )
        UPDATE \(identifier: run)
        SET rows_settled = rows_settled OPERATOR(pg_catalog.+) (SELECT pg_catalog.count(*) FROM settled)
        WHERE id = (SELECT import_id FROM settled LIMIT 1)
        """
    }

    /// When a run was begun, in microseconds since 1970.
    private static let begun: SQL =
        "(extract(epoch FROM created_at)::numeric OPERATOR(pg_catalog.*) 1000000::numeric)::pg_catalog.int8"

    /// What the database keeps its texts in.
    static let encoding: SQL = "SELECT pg_catalog.current_setting('server_encoding')"

    /// The rows that the latest run of a file into a table left out.
    func skipped(file: String, target: String) -> SQL {
        """
        SELECT skipped.import_id, own.begun, skipped.line, skipped.text, skipped.sqlstate, skipped.message
        FROM \(identifier: schema.table("backfill_skipped")) AS skipped
        JOIN (
            SELECT id, \(Self.begun)
            FROM \(identifier: run)
            WHERE file = \(file) AND target = \(target) AND state <> 'abandoned'
            ORDER BY id DESC
            LIMIT 1
        ) AS own (id, begun) ON own.id = skipped.import_id
        ORDER BY skipped.line, skipped.id
        """
    }

    /// What an ``ImportStanding`` is made of, whichever version the table is of: looking must not change it.
    var standings: SQL {
        """
        SELECT id, file, target, state, rows_read, rows_inserted OPERATOR(pg_catalog.+) rows_updated,
               rows_skipped OPERATOR(pg_catalog.-) coalesce(
                   (pg_catalog.to_jsonb(own) OPERATOR(pg_catalog.->>) 'rows_settled'::pg_catalog.text)::pg_catalog.int8,
                   0::pg_catalog.int8
               ),
               line, created_at::pg_catalog.text, updated_at::pg_catalog.text,
               created_by OPERATOR(pg_catalog.||) '@'::pg_catalog.text OPERATOR(pg_catalog.||) host
        FROM \(identifier: run) AS own
        WHERE state <> 'abandoned'
        ORDER BY id DESC
        """
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
