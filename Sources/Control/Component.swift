package import Postgres

/// A set of tables in the control schema that belongs together and has one version.
package struct Component: Sendable {
    /// Its name in the table `component`.
    package let name: String
    /// The scripts that lead from each version to the next: the first makes version 1 of nothing.
    package let scripts: [@Sendable (ControlSchema) -> [SQL]]

    /// Describes a set of tables.
    package init(name: String, scripts: [@Sendable (ControlSchema) -> [SQL]]) {
        self.name = name
        self.scripts = scripts
    }

    /// The version after the last script.
    package var version: Int { scripts.count }

    /// What the other sets stand on: the versions and the journal.
    package static let foundation = Component(
        name: "control",
        scripts: [
            { schema in
                [
                    """
                    CREATE SCHEMA IF NOT EXISTS \(identifier: schema.name)
                    """,
                    """
                    CREATE TABLE \(identifier: schema.table("component")) (
                        name        text PRIMARY KEY,
                        version     integer NOT NULL,
                        upgraded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
                    )
                    """,
                    """
                    CREATE TABLE \(identifier: schema.table("event")) (
                        id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        at            timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                        subject       text NOT NULL,
                        event         text NOT NULL,
                        detail        jsonb NOT NULL DEFAULT '{}',
                        actor         text NOT NULL,
                        host          text NOT NULL,
                        tool_version  text NOT NULL,
                        database_role text NOT NULL DEFAULT session_user
                    )
                    """,
                    """
                    COMMENT ON TABLE \(identifier: schema.table("event")) IS
                        'Append-only: every transition of a migration or a backfill, who caused it, from where'
                    """,
                ]
            }
        ]
    )
}
