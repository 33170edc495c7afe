import Foundation
import Postgres
import TestSupport
import Testing

/// What a role or a database has set for its sessions reaches neither the records of the tool nor what it makes of values.
@Suite(.freshDatabase) struct RoleSettingsTests {
    private static let settings = [
        "client_encoding = 'LATIN1'", "standard_conforming_strings = off", "DateStyle = 'German, DMY'",
        "IntervalStyle = 'sql_standard'", "bytea_output = 'escape'", "session_replication_role = 'replica'",
        "default_transaction_isolation = 'serializable'", "default_transaction_deferrable = on",
        "extra_float_digits = -15",
        "transform_null_equals = on", "row_security = off", "statement_timeout = '20s'",
        "search_path = public, pg_catalog",
        "backslash_quote = off", "quote_all_identifiers = on", "client_min_messages = 'debug1'",
        "TimeZone = 'Asia/Kathmandu'",
        "plan_cache_mode = 'force_generic_plan'", "enable_seqscan = off", "synchronous_commit = off",
        "application_name = 'somebody'", "lc_messages = 'C'", "jit_above_cost = 0", "xmlbinary = 'hex'",
    ]

    @Test func `migrations, backfills and imports do the same under any of them`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        let role = "odd_\(connection.backendID)"
        try connection.runScript("CREATE ROLE \(role) LOGIN SUPERUSER")
        for setting in Self.settings { try connection.runScript("ALTER ROLE \(role) SET \(setting)") }
        try Self.create(connection)
        let project = try Project(
            Self.files,
            environment: ["DATABASE_URL": database.connectionString + "&user=\(role)"]
        )

        for command in [
            "migrate up", "backfill run fill --workers 2 --chunk-size 60", "backfill verify fill",
            "import c.csv --into city --on-conflict update --key id", "migrate status", "status",
        ] {
            expectStatus(0, try await project.caisson(command))
        }
        try Self.expectSame(connection)
    }

    private static func create(_ connection: Connection) throws {
        try connection.runScript(
            """
            CREATE TABLE city (id integer PRIMARY KEY, name text, code text, at timestamptz, share float8, raw bytea);
            INSERT INTO city SELECT g, 'Zürich ☃ ' || g FROM generate_series(1, 500) AS g;
            CREATE TABLE plain (LIKE city INCLUDING ALL);
            INSERT INTO plain SELECT * FROM city;
            CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.share := 0.1::float8 + 0.2; RETURN NEW; END $$;
            CREATE TRIGGER touch BEFORE UPDATE ON city FOR EACH ROW EXECUTE FUNCTION touch();
            ALTER TABLE city ENABLE ALWAYS TRIGGER touch;
            """
        )
    }

    private static func expectSame(_ connection: Connection) throws {
        try connection.runScript(
            #"""
            UPDATE plain SET code = 'é☃\' || id, at = '2026-02-01 00:00+00', raw = '\xff00', share = 0.1::float8 + 0.2;
            INSERT INTO plain (id, name, at, share) VALUES
                (1, 'Zürich é☃ \ x', '2026-03-04 05:06:07+00', 0.30000000000000004), (900, 'ünï', NULL, NULL)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, at = excluded.at, share = excluded.share;
            """#
        )
        let differences = try connection.query(
            "SELECT concat(city::text, plain::text) FROM city FULL JOIN plain USING (id) WHERE city::text IS DISTINCT FROM plain::text",
            as: String.self
        )
        #expect(differences.isEmpty)
        let text = try connection.queryOne("SELECT up_text FROM caisson.migration", as: String.self)
        #expect(text.contains("DEFAULT 'é☃'"))
        let table = try connection.queryOne(
            "SELECT pg_catalog.to_regclass('\"n☃\"') IS NOT NULL",
            as: Bool.self
        )
        #expect(table)
    }

    private static let files = [
        "migrations/1_a.sql": "-- migrate:up\nCREATE TABLE \"n☃\" (t text DEFAULT 'é☃');\n",
        "backfills/fill.sql": #"""
        -- backfill: fill
        -- table: city
        -- key: id
        -- where: code IS NULL
        -- verify: SELECT count(*) FROM city WHERE code IS NULL
        UPDATE city SET code = E'é☃\\' || city.id, at = '2026-02-01 00:00+00', raw = decode('ff00', 'hex')
        FROM chunk WHERE city.id = chunk.id
        """#,
        "c.csv": """
        id,name,at,share
        1,"Zürich é☃ \\ x",2026-03-04T05:06:07Z,0.30000000000000004
        900,ünï,,
        """,
    ]
}
