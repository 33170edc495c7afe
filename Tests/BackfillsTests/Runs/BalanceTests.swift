import Backfills
import Postgres
import TestSupport
import Testing

/// Ranges hold about the same number of rows, however the keys lie.
@Suite(.freshDatabase) struct BalanceTests {
    /// Columns, key, and the rows.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let columns: String
        let key: String
        let rows: String
    }

    private static let ends = """
        SELECT n FROM generate_series(1, 60000) AS n
        UNION ALL SELECT 9000000000000000000 + n FROM generate_series(1, 60000) AS n
        """

    @Test(arguments: [
        Case(testDescription: "clustered at both ends", columns: "id bigint", key: "id", rows: ends),
        Case(
            testDescription: "clustered at both ends, with some in between",
            columns: "id bigint",
            key: "id",
            rows: ends + " UNION ALL SELECT 1000000000 + n * 7000000000 FROM generate_series(1, 1000) AS n"
        ),
        Case(
            testDescription: "clustered at both ends, most of the pages not sampled",
            columns: "id bigint",
            key: "id",
            rows: """
                SELECT n FROM generate_series(1, 250000) AS n
                UNION ALL SELECT 9000000000000000000 + n FROM generate_series(1, 250000) AS n
                """
        ),
        Case(
            testDescription: "one tenant has nearly everything",
            columns: "tenant integer, id bigint",
            key: "tenant, id",
            rows:
                "SELECT CASE WHEN n % 100 < 95 THEN 7 ELSE n % 20 END, n FROM generate_series(1, 100000) AS n"
        ),
        Case(
            testDescription: "the first column is nearly unique, in two clusters",
            columns: "a numeric, b uuid",
            key: "a, b",
            rows: """
                SELECT CASE WHEN n % 10 = 0 THEN 1e30 + n ELSE n * 1e-9 END, md5(n::text)::uuid
                FROM generate_series(1, 100000) AS n
                """
        ),
        Case(
            testDescription: "random",
            columns: "id uuid",
            key: "id",
            rows: "SELECT md5(n::text)::uuid FROM generate_series(1, 100000) AS n"
        ),
    ]) func `the largest range has at most three times the rows of the median`(_ kind: Case) async throws {
        try await expectBalanced(kind, uniqueness: "PRIMARY KEY (\(kind.key))")
    }

    @Test func `keys that many rows share count as many times`() async throws {
        let kind = Case(
            testDescription: "a third of the rows have one key in a thousand",
            columns: "id integer",
            key: "id",
            rows: """
                SELECT CASE WHEN n % 3 = 0 THEN n % 30 ELSE 1000 + n / 4 END FROM generate_series(1, 120000) AS n
                """
        )
        try await expectBalanced(kind, uniqueness: nil)
    }

    @Test func `partitions of different sizes are cut each for itself`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE TABLE thing (id bigint PRIMARY KEY, done integer) PARTITION BY RANGE (id);
            CREATE TABLE small PARTITION OF thing FOR VALUES FROM (0) TO (30000);
            CREATE TABLE large PARTITION OF thing FOR VALUES FROM (30000) TO (1000000);
            INSERT INTO thing SELECT generate_series(1, 150000);
            ANALYZE small; ANALYZE large;
            """
        )

        let ranges = try await ranges(key: "id", connection)

        #expect(ranges.count == 8)
        #expect(ranges.max() ?? 0 <= 4 * (ranges.min() ?? 0) + 15_000)
    }

    private func expectBalanced(_ kind: Case, uniqueness: String?) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE TABLE thing (\(kind.columns), done integer\(uniqueness.map { ", \($0)" } ?? ""));
            INSERT INTO thing \(kind.rows);
            ALTER TABLE thing ALTER \(kind.key.split(separator: ",")[0]) SET NOT NULL;
            CREATE INDEX ON thing (\(kind.key));
            ANALYZE thing;
            """
        )

        let ranges = try await ranges(key: kind.key, connection).sorted()

        #expect(ranges.count >= 6)
        #expect(ranges[ranges.count - 1] <= 3 * ranges[ranges.count / 2], "\(ranges)")
        #expect(ranges.reduce(0, +) == (try connection.queryOne("SELECT count(*) FROM thing", as: Int.self)))
    }

    /// The rows of each range of a walk that has nothing to do.
    private func ranges(key: String, _ connection: Connection) async throws -> [Int] {
        let match = key.split(separator: ", ").map { "thing.\($0) = chunk.\($0)" }
        let backfill = Cities.sql(
            "look",
            table: "thing",
            key: key.split(separator: ",").map { String($0.drop { $0 == " " }) },
            where: "done = 1",
            "UPDATE thing SET done = 2 FROM chunk WHERE \(match.joined(separator: " AND "))"
        )
        _ = try await Coordinator(connection.options).run(backfill)
        return try connection.query("SELECT rows_scanned FROM caisson.backfill_range", as: Int.self)
    }
}
