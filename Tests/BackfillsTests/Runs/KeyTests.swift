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
            CREATE TABLE thing (\(kind.columns), done integer NOT NULL DEFAULT 0, PRIMARY KEY (\(kind.key)));
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

    @Test func `keys clustered at both ends still give balanced ranges`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE TABLE thing (id bigint PRIMARY KEY, done integer);
            INSERT INTO thing SELECT n FROM generate_series(1, 60000) AS n;
            INSERT INTO thing SELECT 9000000000000000000 + n FROM generate_series(1, 60000) AS n;
            ANALYZE thing;
            """
        )
        let backfill = Cities.sql(
            "clustered",
            table: "thing",
            "UPDATE thing SET done = 1 FROM chunk WHERE thing.id = chunk.id"
        )

        _ = try await Coordinator(database.options).run(backfill)

        let (largest, median) = try connection.queryOne(
            """
            SELECT max(rows_scanned), (percentile_disc(0.5) WITHIN GROUP (ORDER BY rows_scanned))
            FROM caisson.backfill_range
            """,
            as: Int.self,
            Int.self
        )
        #expect(largest <= 3 * median)
    }

    @Test func `a partitioned table is walked through its parent`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE TABLE thing (id bigint PRIMARY KEY, done integer NOT NULL DEFAULT 0) PARTITION BY HASH (id);
            CREATE TABLE thing_0 PARTITION OF thing FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE thing_1 PARTITION OF thing FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            INSERT INTO thing SELECT n FROM generate_series(1, 3000) AS n;
            """
        )
        let backfill = Cities.sql(
            "parts",
            table: "thing",
            "UPDATE thing SET done = done + 1 FROM chunk WHERE thing.id = chunk.id"
        )

        let result = try await Coordinator(database.options).run(backfill, options: .chunks(of: 250))

        #expect(result.progress.changed == 3000)
        #expect(try connection.queryOne("SELECT count(*) FROM thing WHERE done = 1", as: Int.self) == 3000)
    }
}
