package import Control
import Postgres

extension Component {
    /// The tables of backfills: runs, their ranges, and the rows that were left out.
    ///
    /// They are plain tables that a person can read and steer with psql:
    /// `UPDATE caisson.backfill_run SET wanted = 'paused' WHERE name = '…'` stops a run after its current chunks.
    package static let backfills = Component(
        name: "backfills",
        scripts: [
            { schema in
                [
                    """
                    CREATE TABLE \(identifier: schema.table("backfill_run")) (
                        id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        name              text NOT NULL,
                        kind              text NOT NULL,
                        definition        text NOT NULL,
                        definition_hash   text NOT NULL,
                        source_table      text NOT NULL,
                        key_columns       text[] NOT NULL,
                        state             text NOT NULL DEFAULT 'pending' CHECK (state IN (
                            'pending', 'running', 'paused', 'failed', 'completed', 'verified', 'cancelled')),
                        wanted            text NOT NULL DEFAULT 'running' CHECK (wanted IN (
                            'running', 'paused', 'cancelled')),
                        upper_bound       text[],
                        rows_estimated    bigint NOT NULL DEFAULT 0,
                        verify_result     bigint,
                        last_error        text,
                        created_at        timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                        finished_at       timestamptz,
                        created_by        text NOT NULL,
                        host              text NOT NULL,
                        tool_version      text NOT NULL,
                        system_identifier text NOT NULL,
                        database_oid      bigint NOT NULL
                    )
                    """,
                    """
                    CREATE UNIQUE INDEX backfill_run_unfinished ON \(identifier: schema.table("backfill_run")) (name)
                        WHERE state IN ('pending', 'running', 'paused', 'failed')
                    """,
                    """
                    CREATE TABLE \(identifier: schema.table("backfill_range")) (
                        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        run_id          bigint NOT NULL REFERENCES \(identifier: schema.table("backfill_run")) ON DELETE CASCADE,
                        ordinal         integer NOT NULL,
                        lower_bound     text[],
                        upper_bound     text[] NOT NULL,
                        cursor          text[],
                        state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done')),
                        epoch           bigint NOT NULL DEFAULT 0,
                        owner           text,
                        owner_backend   integer,
                        backend_started timestamptz,
                        lease_until     timestamptz,
                        rows_estimated  bigint NOT NULL DEFAULT 0,
                        rows_scanned    bigint NOT NULL DEFAULT 0,
                        rows_matched    bigint NOT NULL DEFAULT 0,
                        rows_changed    bigint NOT NULL DEFAULT 0,
                        rows_moved      bigint NOT NULL DEFAULT 0,
                        rows_skipped    bigint NOT NULL DEFAULT 0,
                        chunks          bigint NOT NULL DEFAULT 0,
                        retries         bigint NOT NULL DEFAULT 0,
                        seconds         double precision NOT NULL DEFAULT 0,
                        last_error      text,
                        updated_at      timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                        UNIQUE (run_id, ordinal)
                    ) WITH (fillfactor = 50)
                    """,
                    """
                    CREATE TABLE \(identifier: schema.table("backfill_skipped")) (
                        id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        run_id   bigint NOT NULL REFERENCES \(identifier: schema.table("backfill_run")) ON DELETE CASCADE,
                        range_id bigint NOT NULL REFERENCES \(identifier: schema.table("backfill_range")) ON DELETE CASCADE,
                        key      text[] NOT NULL,
                        sqlstate text,
                        message  text NOT NULL,
                        row      jsonb,
                        at       timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
                    )
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("backfill_run")).wanted IS
                        'What people want; set it to paused, running or cancelled and the workers follow after their chunk'
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("backfill_range")).epoch IS
                        'Counts the owners: a chunk commits only while this is what its worker claimed'
                    """,
                ]
            },
            // Ranges know the plain table that they are about, and in which order its rows are visited.
            { schema in
                [
                    """
                    ALTER TABLE \(identifier: schema.table("backfill_range"))
                        ADD COLUMN walked_table regclass,
                        ADD COLUMN walk text NOT NULL DEFAULT 'key' CHECK (walk IN ('key', 'heap', 'nulls')),
                        ADD COLUMN pass integer NOT NULL DEFAULT 1
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("backfill_range")).walked_table IS
                        'The partition or plain table; NULL in ranges of the first version, which walk the table as a whole'
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("backfill_range")).pass IS
                        'Rows that still need work after all ranges are done are looked for in a further pass'
                    """,
                ]
            },
            { schema in
                [
                    """
                    ALTER TABLE \(identifier: schema.table("backfill_run"))
                        ADD COLUMN chunk_statements text CHECK (chunk_statements IN ('one', 'two')),
                        ADD COLUMN chunk_reason text
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("backfill_run")).chunk_statements IS
                        'Whether a chunk is one statement or locks its rows first, as a worker of a SQL backfill decided last'
                    """,
                ]
            },
            // Rows that an import left out stand in the same table. They have a line and a text, and no key.
            { schema in
                [
                    """
                    ALTER TABLE \(identifier: schema.table("backfill_skipped"))
                        ALTER COLUMN run_id DROP NOT NULL,
                        ALTER COLUMN range_id DROP NOT NULL,
                        ALTER COLUMN key DROP NOT NULL,
                        ADD COLUMN import_id bigint,
                        ADD COLUMN line bigint,
                        ADD COLUMN text text,
                        ADD CONSTRAINT backfill_skipped_origin CHECK (
                            pg_catalog.num_nulls(run_id, range_id, key) = 0 AND pg_catalog.num_nonnulls(import_id, line, text) = 0
                            OR pg_catalog.num_nonnulls(run_id, range_id, key) = 0 AND pg_catalog.num_nulls(import_id, line, text) = 0)
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("backfill_skipped")).import_id IS
                        'The row of import_run that left this row out; line and text are those of its file'
                    """,
                ]
            },
            // Runs know their table by more than its name, and what their text meant when they began.
            { schema in
                [
                    """
                    ALTER TABLE \(identifier: schema.table("backfill_run"))
                        ADD COLUMN source_oid bigint,
                        ADD COLUMN settings jsonb
                    """,
                    """
                    ALTER TABLE \(identifier: schema.table("backfill_range"))
                        ADD COLUMN file_node bigint,
                        ADD COLUMN toast_table bigint
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("backfill_run")).source_oid IS
                        'The object id of source_table: a table that was made again under its name is another one'
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("backfill_run")).settings IS
                        'The settings of the session that began the run, which all its transactions have'
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("backfill_range")).file_node IS
                        'The file of walked_table at the first chunk of the range: TRUNCATE gives it another'
                    """,
                ]
            },
            // What waits for a run asks again whether all is done, and may not have the definition at hand.
            { schema in
                [
                    """
                    ALTER TABLE \(identifier: schema.table("backfill_run")) ADD COLUMN verify_query text
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("backfill_run")).verify_query IS
                        'The query that returned verify_result; a migration that waits for the run asks it again'
                    """,
                ]
            },
        ]
    )
}
