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
                );

                COMMENT ON TABLE \(identifier: schema.table("migration")) IS
                    'One row for each migration that was applied, written in the transaction of the migration';

                CREATE TABLE \(identifier: schema.table("migration_statement")) (
                    version     text NOT NULL REFERENCES \(identifier: schema.table("migration")) ON DELETE CASCADE,
                    direction   text NOT NULL CHECK (direction IN ('up', 'down')),
                    ordinal     integer NOT NULL,
                    hash        text NOT NULL,
                    started_at  timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                    finished_at timestamptz,
                    error       text,
                    PRIMARY KEY (version, direction, ordinal)
                );

                COMMENT ON TABLE \(identifier: schema.table("migration_statement")) IS
                    'How far a migration outside a transaction has come: the next run goes on behind the last finished one';
                """
            },
            { schema in
                """
                ALTER TABLE \(identifier: schema.table("migration"))
                    ADD COLUMN method text NOT NULL DEFAULT 'run'
                        CHECK (method IN ('run', 'adoption', 'baseline', 'load', 'squash'));
                """
            },
        ]
    )

    /// Read as they are: looking does not upgrade them.
    static func migrations(_ schema: ControlSchema, standing: ControlSchema.Standing) -> SQL {
        let method: SQL = standing == .current ? "method" : "'run'"
        return """
            SELECT version, name, state, \(method), checksum, normalized_checksum, up_text, down_text,
                   extract(epoch FROM applied_at)::pg_catalog.float8 AS applied_at, duration_ms
            FROM \(identifier: schema.table("migration"))
            """
    }

    static func statements(_ schema: ControlSchema) -> SQL {
        """
        SELECT statement.version, statement.ordinal, statement.hash, statement.finished_at IS NOT NULL,
               statement.error IS NOT NULL
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
            \(migration.checksum), \(migration.normalizedChecksum), \(migration.up.text), \(migration.down?.nativeText),
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

    static func begin(_ ordinal: Int, hash: String, of step: MigrationStep, in schema: ControlSchema) -> SQL {
        """
        INSERT INTO \(identifier: schema.table("migration_statement")) (version, direction, ordinal, hash)
        VALUES (\(step.identity.description), \(step.direction.rawValue), \(ordinal), \(hash))
        ON CONFLICT (version, direction, ordinal) DO UPDATE
            SET hash = excluded.hash, started_at = pg_catalog.clock_timestamp(), finished_at = NULL, error = NULL
        """
    }

    static func finish(_ ordinal: Int, hash: String, of step: MigrationStep, in schema: ControlSchema) -> SQL
    {
        """
        INSERT INTO \(identifier: schema.table("migration_statement")) (version, direction, ordinal, hash, finished_at)
        VALUES (\(step.identity.description), \(step.direction.rawValue), \(ordinal), \(hash), pg_catalog.clock_timestamp())
        ON CONFLICT (version, direction, ordinal) DO UPDATE
            SET hash = excluded.hash, finished_at = excluded.finished_at, error = NULL
        """
    }

    static func fail(
        _ ordinal: Int,
        hash: String,
        error: String,
        of step: MigrationStep,
        in schema: ControlSchema
    ) -> SQL {
        """
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
