import Backfills
import Postgres
import TestSupport
import Testing

/// Keys of every kind are walked whole, each row once.
@Suite(.freshDatabase) struct KeyTests {
    /// The columns of the key, their DDL, and an expression that makes one key of a number.
    struct Case: Sendable, CustomTestStringConvertible {
        let columns: String
        let key: String
        let values: String
        /// What has to be there before the table.
        var setup = ""
        /// What orders the walk instead of a primary key.
        var index: String?
        var testDescription: String { columns }
    }

    @Test(arguments: [
        Case(columns: "id integer", key: "id", values: "n * 1000 - 500000"),
        Case(columns: "id uuid", key: "id", values: "md5(n::text)::uuid"),
        Case(columns: "id text COLLATE \"C\"", key: "id", values: "md5(n::text)"),
        // Composed and decomposed é are one string to Swift and two keys to the server.
        Case(
            columns: "id text",
            key: "id",
            values: "CASE WHEN n % 2 = 0 THEN U&'\\00E9' ELSE U&'e\\0301' END || n / 2"
        ),
        Case(columns: "id varchar(40)", key: "id", values: "'it''s \"quoted\", {' || n || '}\\'"),
        Case(
            columns: "id timestamptz",
            key: "id",
            values: "'2026-01-01'::timestamptz + n * interval '1.000001 s'"
        ),
        Case(columns: "id date", key: "id", values: "'0200-01-01'::date + n"),
        Case(columns: "id numeric", key: "id", values: "n / 7.0"),
        Case(columns: "id double precision", key: "id", values: "n / 7.0::float8"),
        Case(columns: "id smallint", key: "id", values: "n - 5500"),
        Case(
            columns: "id text COLLATE \"und-x-icu\"",
            key: "id",
            values:
                "CASE WHEN n = 1 THEN '' WHEN n % 3 = 0 THEN 'É' WHEN n % 3 = 1 THEN 'é' ELSE U&'e\\0301' END || n / 3"
        ),
        Case(
            columns: "id text COLLATE numbered",
            key: "id",
            values: "'Road ' || n || chr(65 + n % 26 + n % 2 * 32)",
            setup: "CREATE COLLATION numbered (provider = icu, locale = 'en-u-kn-true')"
        ),
        Case(columns: "id char(8)", key: "id", values: "CASE WHEN n = 1 THEN '' ELSE n::text END"),
        Case(
            columns: "id timestamptz",
            key: "id",
            values: """
                CASE n WHEN 1 THEN '-infinity' WHEN 2 THEN 'infinity' WHEN 3 THEN '4000-01-01 BC'
                ELSE '2026-03-29 00:00 Europe/Berlin'::timestamptz + n * interval '0.000001 s' END
                """
        ),
        Case(
            columns: "id timestamp",
            key: "id",
            values:
                "CASE n WHEN 1 THEN '-infinity' WHEN 2 THEN 'infinity' ELSE '2026-03-29'::timestamp + n * interval '1 min' END"
        ),
        Case(
            columns: "id date",
            key: "id",
            values:
                "CASE n WHEN 1 THEN '-infinity' WHEN 2 THEN 'infinity' WHEN 3 THEN '0044-03-15 BC' ELSE '2026-01-01'::date + n END"
        ),
        Case(
            columns: "id numeric",
            key: "id",
            values: """
                CASE n WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity' WHEN 4 THEN 1e-300
                ELSE n * 1.10 END
                """
        ),
        Case(
            columns: "id double precision",
            key: "id",
            values:
                "CASE n WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity' ELSE n * 1e-310 END"
        ),
        Case(
            columns: "a numeric, b text COLLATE \"und-x-icu\", c timestamptz",
            key: "a, b, c",
            values: """
                CASE n % 3 WHEN 0 THEN 'NaN'::numeric ELSE n % 5 END, CASE n % 7 WHEN 0 THEN '' ELSE 'é' || n % 11 END,
                CASE WHEN n <= 2 THEN 'infinity' ELSE '2026-01-01'::timestamptz + n * interval '1 s' END
                """
        ),
        Case(
            columns: "id text NOT NULL",
            key: "id",
            values: "md5(n::text)",
            index: "CREATE UNIQUE INDEX ON thing (id DESC)"
        ),
        Case(
            columns: "a integer NOT NULL, b uuid NOT NULL",
            key: "a, b",
            values: "n % 10, md5(n::text)::uuid",
            index: "CREATE UNIQUE INDEX ON thing (a DESC, b DESC)"
        ),
        Case(columns: "id interval", key: "id", values: "n * interval '1 day 3 s'"),
        Case(columns: "id bytea", key: "id", values: "decode(md5(n::text), 'hex')"),
        Case(columns: "a text, b bigint", key: "a, b", values: "'k' || n % 13, n"),
        Case(
            columns: "a integer, b uuid, c date",
            key: "a, b, c",
            values: "n % 3, md5((n % 50)::text)::uuid, '2026-01-01'::date + n"
        ),
    ])
    func `a key of this type`(_ kind: Case) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            \(kind.setup);
            CREATE TABLE thing (\(kind.columns), done integer NOT NULL DEFAULT 0);
            \(kind.index ?? "ALTER TABLE thing ADD PRIMARY KEY (\(kind.key))");
            INSERT INTO thing SELECT \(kind.values) FROM generate_series(1, 11000) AS n;
            ANALYZE thing;
            """
        )
        let match = kind.key.split(separator: ", ").map { "thing.\($0) = chunk.\($0)" }.joined(
            separator: " AND "
        )
        let backfill = Cities.sql(
            "walk",
            table: "thing",
            "UPDATE thing SET done = done + 1 FROM chunk WHERE \(match)"
        )

        let result = try await Coordinator(database.options).run(
            backfill,
            options: .chunks(of: 900, workers: 2)
        )

        #expect(result.run.state == .completed)
        #expect(result.progress.scanned == 11_000)
        #expect(result.progress.ranges == 8)
        let walks = try connection.query("SELECT DISTINCT walk FROM caisson.backfill_range", as: String.self)
        #expect(walks == ["key"])
        let done = try connection.queryOne(
            "SELECT min(done), max(done), count(*) FROM thing",
            as: Int.self,
            Int.self,
            Int.self
        )
        #expect(done == (1, 1, 11_000))
    }

    @Test func `a key that repeats is walked whole and counted right`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 700, on: connection)
        try connection.runScript("CREATE INDEX ON city (country); ANALYZE city")
        let backfill = Cities.sql(
            "by_country",
            key: ["country"],
            """
            UPDATE city SET population = population + 1
            FROM (SELECT DISTINCT country FROM chunk) AS touched WHERE city.country = touched.country
            """
        )

        let result = try await Coordinator(database.options).run(backfill, options: .chunks(of: 30))

        #expect(result.progress.scanned == 700)
        #expect(result.progress.changed == 700)
        #expect(result.progress.chunks == 7)
        let sum = try connection.queryOne("SELECT sum(population)::bigint FROM city", as: Int.self)
        #expect(sum == 700 * 701 / 2 + 700)
    }
}
