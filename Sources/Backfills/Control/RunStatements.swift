import Control
import Postgres

/// Every statement on the control tables of backfills.
struct RunStatements: Sendable {
    let schema: ControlSchema

    var run: Identifier { schema.table("backfill_run") }
    var range: Identifier { schema.table("backfill_range") }

    // MARK: Runs

    /// Looking does not upgrade older tables, which do not have what the run knows of its table.
    private static let runColumns: SQL = """
        id, name, state, wanted, definition, upper_bound, system_identifier, rows_estimated, verify_result, last_error,
        \(identity(of: "backfill_run"))
        """

    private static func identity(of run: SQL) -> SQL {
        """
        (pg_catalog.to_jsonb(\(run)) ->> 'source_oid'::pg_catalog.text)::bigint,
        (
            SELECT pg_catalog.array_agg(setting.key || '=' || setting.value)
            FROM pg_catalog.jsonb_each_text(nullif(pg_catalog.to_jsonb(\(run)) -> 'settings'::pg_catalog.text, 'null')) AS setting
        ),
        database_oid, pg_catalog.to_jsonb(\(run)) ->> 'verify_query'::pg_catalog.text
        """
    }

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
                created_by, host, tool_version, system_identifier, database_oid, source_oid, settings
            )
            VALUES (
                \(backfill.name), \(backfill.kind), \(text), pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(\(text), 'UTF8')), 'hex'),
                \(source.table.description), \(PostgresArray(source.key.names)), \(source.estimatedRows),
                \(origin.actor), \(origin.host), \(origin.toolVersion), \(system.cluster), \(system.database),
                \(source.oid), \(RunSettings.here)
            )
            ON CONFLICT (name) WHERE state IN ('pending', 'running', 'paused', 'failed') DO NOTHING
            RETURNING \(Self.runColumns)
            """
    }

    func record(_ path: ChunkPath, of id: Int64) -> SQL {
        """
        UPDATE \(identifier: run)
        SET chunk_statements = \(path.statements), chunk_reason = \(path.reason)
        WHERE id = \(id) AND (chunk_statements, chunk_reason) IS DISTINCT FROM (\(path.statements), \(path.reason))
        """
    }

    /// Nobody is left to follow a wish when all is done.
    func setState(_ state: RunState, of id: Int64, error: String? = nil) -> SQL {
        """
        UPDATE \(identifier: run)
        SET state = \(state.rawValue),
            wanted = CASE WHEN \(state.isDone) THEN 'running' ELSE wanted END,
            last_error = \(error),
            finished_at = CASE WHEN \(!state.isUnfinished) THEN coalesce(finished_at, pg_catalog.clock_timestamp()) END
        WHERE id = \(id)
        """
    }

    func setWanted(_ wanted: WantedState, of id: Int64) -> SQL {
        "UPDATE \(identifier: run) SET wanted = \(wanted.rawValue) WHERE id = \(id)"
    }

    func pause(_ id: Int64, because reason: String) -> SQL {
        "UPDATE \(identifier: run) SET wanted = 'paused', last_error = \(reason) WHERE id = \(id)"
    }

    func setVerifyResult(_ result: Int64, of id: Int64, by query: String?) -> SQL {
        """
        UPDATE \(identifier: run) SET verify_result = \(result), verify_query = \(query) WHERE id = \(id)
        """
    }

    func acceptDefinition(_ text: String, of id: Int64) -> SQL {
        """
        UPDATE \(identifier: run)
        SET definition = \(text), definition_hash = pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(\(text), 'UTF8')), 'hex')
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
        SET upper_bound = \(bound.map(\.parameter))::pg_catalog.text[], rows_estimated = greatest(rows_estimated, \(rows))
        WHERE id = \(id)
        """
    }

    /// All runs, or those of one backfill, the latest of each name. Looking does not upgrade older tables, which do not
    /// have all columns. The sessions of a run are known by their names, of which the server keeps 63 bytes.
    func statuses(of name: String?) -> SQL {
        """
        SELECT run.id, run.name, run.state, run.wanted, run.definition, run.upper_bound, run.system_identifier,
               run.rows_estimated, run.verify_result, run.last_error,
               \(Self.identity(of: "run")),
               run.kind, run.source_table, run.created_at::pg_catalog.text, run.finished_at::pg_catalog.text,
               (SELECT pg_catalog.max(updated_at)::pg_catalog.text FROM \(identifier: range) WHERE run_id = run.id),
               pg_catalog.to_jsonb(run) ->> 'chunk_statements'::pg_catalog.text, pg_catalog.to_jsonb(run) ->> 'chunk_reason'::pg_catalog.text,
               (
                   SELECT pg_catalog.max(extract(epoch FROM pg_catalog.clock_timestamp() - activity.xact_start))::pg_catalog.float8
                   FROM pg_catalog.pg_stat_activity AS activity
                   WHERE activity.datname = pg_catalog.current_database() AND activity.backend_xmin IS NOT NULL
                     AND pg_catalog.starts_with(activity.application_name, pg_catalog.left('caisson ' || run.name || ' reader ', 63))
               ),
               sessions.at_work, sessions.waiting
        FROM \(identifier: run) AS run
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS at_work, pg_catalog.count(*) FILTER (WHERE activity.wait_event = 'SyncRep') AS waiting
            FROM pg_catalog.pg_stat_activity AS activity
            WHERE activity.datname = pg_catalog.current_database()
              AND (pg_catalog.starts_with(activity.application_name, pg_catalog.left('caisson ' || run.name || ' worker ', 63))
                   OR pg_catalog.starts_with(activity.application_name, pg_catalog.left('caisson ' || run.name || ' coordinator', 63)))
        ) AS sessions
        WHERE run.id IN (SELECT pg_catalog.max(id) FROM \(identifier: run) GROUP BY name)
          AND (\(name)::pg_catalog.text IS NULL OR run.name = \(name))
        ORDER BY run.name
        """
    }
}
