import Control
import Foundation
import Postgres

/// Every statement that concerns the ledger. Tables are always named with their schema: a file may have
/// emptied the path.
enum LedgerStatements {
    static let component = Component(
        name: "migration",
        scripts: [
            { schema in
                [
                    """
                    CREATE TABLE \(identifier: schema.table("migration")) (
                        version             text PRIMARY KEY,
                        name                text NOT NULL,
                        kind                text NOT NULL CHECK (kind IN ('versioned', 'repeatable')),
                        state               text NOT NULL CHECK (state IN ('applied', 'applying', 'reverting')),
                        checksum            text NOT NULL,
                        normalized_checksum text NOT NULL,
                        up_text             text NOT NULL,
                        down_text           text,
                        applied_at          timestamptz,
                        duration_ms         bigint,
                        applied_by          text NOT NULL,
                        host                text NOT NULL,
                        tool_version        text NOT NULL,
                        CHECK (state <> 'applied' OR applied_at IS NOT NULL)
                    )
                    """,
                    """
                    COMMENT ON TABLE \(identifier: schema.table("migration")) IS
                        'One row for each migration that was applied, written in the transaction of the migration'
                    """,
                    """
                    CREATE TABLE \(identifier: schema.table("migration_statement")) (
                        version     text NOT NULL REFERENCES \(identifier: schema.table("migration")) ON DELETE CASCADE,
                        direction   text NOT NULL CHECK (direction IN ('up', 'down')),
                        ordinal     integer NOT NULL,
                        hash        text NOT NULL,
                        started_at  timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                        finished_at timestamptz,
                        error       text,
                        PRIMARY KEY (version, direction, ordinal)
                    )
                    """,
                    """
                    COMMENT ON TABLE \(identifier: schema.table("migration_statement")) IS
                        'How far a migration outside a transaction has come: the next run goes on behind the last finished one'
                    """,
                ]
            },
            { schema in
                [
                    """
                    ALTER TABLE \(identifier: schema.table("migration"))
                        ADD COLUMN method text NOT NULL DEFAULT 'run'
                            CHECK (method IN ('run', 'adoption', 'baseline', 'load', 'squash'))
                    """
                ]
            },
            { schema in
                [
                    """
                    ALTER TABLE \(identifier: schema.table("migration_statement")) ADD COLUMN session jsonb
                    """,
                    """
                    COMMENT ON COLUMN \(identifier: schema.table("migration_statement")).session IS
                        'What the session held before the file and behind the statement: the next run goes on with that'
                    """,
                ]
            },
        ]
    )

    /// Read as they are: looking does not upgrade them. Texts come only where they are compared, or say something of others: the
    /// versions that a squashed file stands for, the oldest program that may run. Both stand near the top.
    static func migrations(_ schema: ControlSchema, standing: ControlSchema.Standing) -> SQL {
        let method: SQL = standing.version(of: component) >= 2 ? "method" : "'run'"
        return """
            SELECT version, name, state, \(method), checksum, normalized_checksum,
                   CASE WHEN kind OPERATOR(pg_catalog.=) 'repeatable'
                          OR pg_catalog.strpos(pg_catalog.left(up_text, 20000), \(SquashHeader.mark)) OPERATOR(pg_catalog.>) 0
                          OR pg_catalog.strpos(pg_catalog.left(up_text, 20000), \(VersionFloor.option)) OPERATOR(pg_catalog.>) 0
                        THEN up_text END,
                   down_text,
                   extract(epoch FROM applied_at)::pg_catalog.float8 AS applied_at, duration_ms
            FROM \(identifier: schema.table("migration"))
            """
    }

    static func statements(_ schema: ControlSchema, standing: ControlSchema.Standing) -> SQL {
        let session: SQL =
            standing.version(of: component) >= 3 ? "statement.session::pg_catalog.text" : "NULL"
        return """
            SELECT statement.version, statement.ordinal, statement.hash, statement.finished_at IS NOT NULL,
                   statement.error IS NOT NULL, \(session)
            FROM \(identifier: schema.table("migration_statement")) AS statement
            JOIN \(identifier: schema.table("migration")) AS migration USING (version)
            WHERE (migration.state, statement.direction) IN (('applying', 'up'), ('reverting', 'down'))
            ORDER BY statement.version, statement.ordinal
            """
    }

    /// Stores a migration, in place of an older row of a repeatable or a half-applied one.
    /// - Parameter row: without an older row the statement is a plain INSERT, which fails should there be one, and which
    ///   saved 25 of 300 ms in 300 small migrations.
    static func record(
        _ migration: Migration,
        over row: MigrationStep.LedgerRow = .present,
        as method: AppliedMigration.Method = .run,
        state: AppliedMigration.State,
        milliseconds: Int64?,
        appliedAt: Date? = nil,
        origin: Origin,
        in schema: ControlSchema
    ) -> SQL {
        """
        INSERT INTO \(identifier: schema.table("migration")) (
            version, name, kind, state, checksum, normalized_checksum, up_text, down_text,
            applied_at, duration_ms, applied_by, host, tool_version, method
        ) VALUES (
            \(migration.identity.description), \(migration.name), \(migration.kind.rawValue), \(state.rawValue),
            \(migration.checksum), \(migration.normalizedChecksum), \(migration.up.textParameter), \(migration.down?.nativeText),
            CASE WHEN \(state == .applied) THEN coalesce(\(appliedAt)::pg_catalog.timestamptz, pg_catalog.clock_timestamp()) END, \(milliseconds),
            \(origin.actor), \(origin.host), \(origin.toolVersion), \(method.rawValue)
        )
        """ + (row == .present ? overwrite : "")
    }

    private static let overwrite: SQL = """

        ON CONFLICT (version) DO UPDATE SET
            name = excluded.name, kind = excluded.kind, state = excluded.state,
            checksum = excluded.checksum, normalized_checksum = excluded.normalized_checksum,
            up_text = excluded.up_text, down_text = excluded.down_text,
            applied_at = excluded.applied_at, duration_ms = excluded.duration_ms,
            applied_by = excluded.applied_by, host = excluded.host, tool_version = excluded.tool_version,
            method = excluded.method
        """

    /// Makes repeatable migrations differ from their files, whatever these say.
    static func outdate(_ identities: [Migration.Identity], in schema: ControlSchema) -> SQL {
        """
        UPDATE \(identifier: schema.table("migration")) SET checksum = '', normalized_checksum = ''
        WHERE version = ANY (\(identities.map(\.description)))
        """
    }

    static func remove(_ identity: Migration.Identity, in schema: ControlSchema) -> SQL {
        "DELETE FROM \(identifier: schema.table("migration")) WHERE version = \(identity.description)"
    }

    /// Removes what the row of a migration would take along: a foreign key does not cascade where the server fires no triggers
    /// (`session_replication_role`).
    static func removeStatements(of identity: Migration.Identity, in schema: ControlSchema) -> SQL {
        "DELETE FROM \(identifier: schema.table("migration_statement")) WHERE version = \(identity.description)"
    }

    /// Gives a row the version, name, text and checksums of another file; when it was applied stays.
    static func replace(
        _ identity: Migration.Identity,
        by migration: Migration,
        in schema: ControlSchema
    ) -> SQL {
        """
        WITH statement AS (
            UPDATE \(identifier: schema.table("migration_statement")) SET version = \(migration.identity.description)
            WHERE version = \(identity.description)
        )
        UPDATE \(identifier: schema.table("migration"))
        SET version = \(migration.identity.description), name = \(migration.name),
            checksum = \(migration.checksum), normalized_checksum = \(migration.normalizedChecksum),
            up_text = \(migration.up.text), down_text = \(migration.down?.nativeText)
        WHERE version = \(identity.description)
        """
    }

    /// What ran, up and down, for the journal.
    static func texts(of identity: Migration.Identity, in schema: ControlSchema) -> SQL {
        """
        SELECT up_text, down_text FROM \(identifier: schema.table("migration"))
        WHERE version OPERATOR(pg_catalog.=) \(identity.description)
        """
    }

    static func markReverting(_ identity: Migration.Identity, in schema: ControlSchema) -> SQL {
        """
        UPDATE \(identifier: schema.table("migration")) SET state = 'reverting'
        WHERE version = \(identity.description)
        """
    }

    static func forgetStatements(of step: MigrationStep, in schema: ControlSchema) -> SQL {
        """
        DELETE FROM \(identifier: schema.table("migration_statement"))
        WHERE version = \(step.identity.description) AND direction = \(step.direction.rawValue)
        """
    }

    static func begin(_ ordinal: Int, of step: MigrationStep, in schema: ControlSchema) -> SQL {
        let hash = step.section.hash(of: step.section.statements[ordinal - 1])
        return """
            INSERT INTO \(identifier: schema.table("migration_statement")) (version, direction, ordinal, hash)
            VALUES (\(step.identity.description), \(step.direction.rawValue), \(ordinal), \(hash))
            ON CONFLICT (version, direction, ordinal) DO UPDATE
                SET hash = excluded.hash, started_at = pg_catalog.clock_timestamp(), finished_at = NULL, error = NULL, session = NULL
            """
    }

    /// Records statements as done: one, or those of a transaction of the file's own.
    static func finish(_ ordinals: ClosedRange<Int>, of step: MigrationStep, in schema: ControlSchema) -> SQL
    {
        let hashes = ordinals.map { step.section.hash(of: step.section.statements[$0 - 1]) }
        return """
            INSERT INTO \(identifier: schema.table("migration_statement")) (version, direction, ordinal, hash, finished_at)
            SELECT \(step.identity.description), \(step.direction.rawValue), done.ordinal, done.hash, pg_catalog.clock_timestamp()
            FROM ROWS FROM (
                pg_catalog.unnest(\(Array(ordinals))::integer[]), pg_catalog.unnest(\(hashes)::pg_catalog.text[])
            ) AS done (ordinal, hash)
            ON CONFLICT (version, direction, ordinal) DO UPDATE
                SET hash = excluded.hash, finished_at = excluded.finished_at, error = NULL, session = NULL
            """
    }

    /// Keeps what the session holds behind a statement, as ``SessionStatements/note(_:customSettings:)`` has noted it, and
    /// returns it.
    static func keepSession(
        _ ordinal: Int,
        began: String,
        of step: MigrationStep,
        in schema: ControlSchema
    ) -> SQL {
        """
        \(keepSession(began, certain: "true", in: schema))
        WHERE \(isRow(ordinal, of: step))
        RETURNING (session -> 'now'::pg_catalog.text)::pg_catalog.text
        """
    }

    /// The same in the transaction of the statement, where settings that end with it are still seen: what was noted is certain
    /// when it is what it was before. Otherwise ``keepSessionAgain(_:began:of:in:)`` is to follow behind the COMMIT.
    static func keepSession(
        _ ordinal: Int,
        began: String,
        unchangedSince before: String,
        of step: MigrationStep,
        in schema: ControlSchema
    ) -> SQL {
        """
        \(keepSession(began, certain: "\(noted) = \(before)::pg_catalog.jsonb", in: schema))
        WHERE \(isRow(ordinal, of: step))
        RETURNING pg_catalog.set_config(
                'caisson.changed', CASE WHEN (session -> 'certain'::pg_catalog.text)::boolean THEN 'no' ELSE 'yes' END, false
            )
        """
    }

    /// Returns no row where nothing has changed.
    static func keepSessionAgain(
        _ ordinal: Int,
        began: String,
        of step: MigrationStep,
        in schema: ControlSchema
    ) -> SQL {
        """
        \(keepSession(began, certain: "true", in: schema))
        WHERE \(isRow(ordinal, of: step)) AND pg_catalog.current_setting('caisson.session', true) <> ''
        RETURNING (session -> 'now'::pg_catalog.text)::pg_catalog.text
        """
    }

    private static func keepSession(_ began: String, certain: SQL, in schema: ControlSchema) -> SQL {
        """
        UPDATE \(identifier: schema.table("migration_statement"))
        SET session = pg_catalog.jsonb_build_object(
                'began', \(began)::pg_catalog.jsonb, 'now', \(noted), 'certain', \(certain)
            )
        """
    }

    /// What was noted of the session.
    private static let noted: SQL = "pg_catalog.current_setting('caisson.session')::pg_catalog.jsonb"

    private static func isRow(_ ordinal: Int, of step: MigrationStep) -> SQL {
        "version = \(step.identity.description) AND direction = \(step.direction.rawValue) AND ordinal = \(ordinal)"
    }

    static func fail(_ ordinal: Int, error: String, of step: MigrationStep, in schema: ControlSchema) -> SQL {
        let hash = step.section.hash(of: step.section.statements[ordinal - 1])
        return """
            INSERT INTO \(identifier: schema.table("migration_statement")) (version, direction, ordinal, hash, error)
            VALUES (\(step.identity.description), \(step.direction.rawValue), \(ordinal), \(hash), \(error))
            ON CONFLICT (version, direction, ordinal) DO UPDATE SET error = excluded.error
            """
    }

    static func isFinished(_ ordinal: Int, of step: MigrationStep, in schema: ControlSchema) -> SQL {
        """
        SELECT pg_catalog.count(*) FROM \(identifier: schema.table("migration_statement"))
        WHERE version = \(step.identity.description) AND direction = \(step.direction.rawValue)
          AND ordinal = \(ordinal) AND finished_at IS NOT NULL
        """
    }
}
