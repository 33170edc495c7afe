package import Control
import Postgres

extension Component {
    /// The tables of imports: the runs with the place that each has reached. The rows that were left out stand in
    /// `backfill_skipped`, with those of backfills, so the tables of backfills must be there before these.
    package static let imports = Component(
        name: "imports",
        scripts: [
            { schema in
                [
                    """
                    CREATE TABLE \(identifier: schema.table("import_run")) (
                        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        file            text NOT NULL,
                        target          text NOT NULL,
                        options         text NOT NULL,
                        state           text NOT NULL DEFAULT 'running' CHECK (state IN (
                            'running', 'completed', 'abandoned')),
                        byte_offset     bigint NOT NULL DEFAULT 0,
                        line            bigint NOT NULL DEFAULT 1,
                        records         bigint NOT NULL DEFAULT 0,
                        checksum        text,
                        file_size       bigint,
                        rows_read       bigint NOT NULL DEFAULT 0,
                        rows_proposed   bigint NOT NULL DEFAULT 0,
                        rows_inserted   bigint NOT NULL DEFAULT 0,
                        rows_updated    bigint NOT NULL DEFAULT 0,
                        rows_duplicate  bigint NOT NULL DEFAULT 0,
                        rows_skipped    bigint NOT NULL DEFAULT 0,
                        chunks          bigint NOT NULL DEFAULT 0,
                        created_at      timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                        updated_at      timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                        finished_at     timestamptz,
                        created_by      text NOT NULL,
                        host            text NOT NULL,
                        tool_version    text NOT NULL
                    )
                    """,
                    """
                    CREATE UNIQUE INDEX import_run_unfinished ON \(identifier: schema.table("import_run")) (file, target)
                        WHERE state = 'running'
                    """,
                    """
                    CREATE TABLE \(identifier: schema.table("import_skipped")) (
                        id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        run_id   bigint NOT NULL REFERENCES \(identifier: schema.table("import_run")) ON DELETE CASCADE,
                        line     bigint NOT NULL,
                        text     text NOT NULL,
                        sqlstate text,
                        reason   text NOT NULL,
                        at       timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
                    )
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("import_run")).byte_offset IS
                        'Behind the last row that is settled, counted in the unpacked file'
                    """,
                ]
            },
            // One place for all rows that were left out, whoever left them out.
            { schema in
                [
                    """
                    INSERT INTO \(identifier: schema.table("backfill_skipped")) (import_id, line, text, sqlstate, message, at)
                    SELECT run_id, line, text, sqlstate, reason, at
                    FROM \(identifier: schema.table("import_skipped"))
                    ORDER BY id
                    """,
                    """
                    DROP TABLE \(identifier: schema.table("import_skipped"))
                    """,
                    """
                    ALTER TABLE \(identifier: schema.table("backfill_skipped"))
                        ADD FOREIGN KEY (import_id) REFERENCES \(identifier: schema.table("import_run")) ON DELETE CASCADE
                    """,
                ]
            },
            // A file is what it contains, and a table is more than its name.
            { schema in
                [
                    """
                    ALTER TABLE \(identifier: schema.table("import_run"))
                        DROP COLUMN checksum,
                        DROP COLUMN file_size,
                        ADD COLUMN content_sha256 text,
                        ADD COLUMN head_sha256    text,
                        ADD COLUMN target_oid     bigint,
                        ADD COLUMN target_file    text,
                        ADD COLUMN first_xid      bigint,
                        ADD COLUMN last_xid       bigint
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("import_run")).content_sha256 IS
                        'SHA-256 of the unpacked bytes up to byte_offset, which is the end of the file once the import is completed'
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("import_run")).head_sha256 IS
                        'The same of the first 4096 bytes, or of all where there are fewer'
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("import_run")).target_file IS
                        'The file of the table, or a digest of those of its partitions: TRUNCATE gives it a new one'
                    """,
                ]
            },
            // Inserted is what the server counted, so that what triggers have dropped needs a count of its own.
            { schema in
                [
                    """
                    ALTER TABLE \(identifier: schema.table("import_run"))
                        ADD COLUMN rows_dropped bigint NOT NULL DEFAULT 0,
                        ADD COLUMN rows_settled bigint NOT NULL DEFAULT 0
                    """
                ]
            },
        ]
    )
}
