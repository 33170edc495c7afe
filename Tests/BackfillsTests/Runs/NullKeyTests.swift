import Backfills
import Postgres
import TestSupport
import Testing

/// Rows with NULL in their key have no place in its order; they are walked behind all others when that is asked for.
@Suite(.freshDatabase) struct NullKeyTests {
    @Test(arguments: [
        (key: ["a"], values: "CASE WHEN n % 3 > 0 THEN n END, n"),
        (key: ["a", "b"], values: "CASE WHEN n % 5 > 0 THEN n / 100 END, CASE WHEN n % 7 > 0 THEN n END"),
        (key: ["a"], values: "NULL, n"),
    ]) func `every row is met once`(key: [String], values: String) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(key: key, values: values, on: connection)

        let result = try await Coordinator(database.options).run(
            Self.backfill(key: key),
            options: .chunks(of: 400, workers: 2)
        )

        #expect(result.run.state == .completed)
        #expect(result.progress.changed == 12_000)
        let met = try connection.queryOne(
            "SELECT count(*), min(met), max(met) FROM thing",
            as: Int.self,
            Int.self,
            Int.self
        )
        #expect(met == (12_000, 1, 1))
        let last = try connection.queryOne(
            "SELECT walk FROM caisson.backfill_range ORDER BY ordinal DESC LIMIT 1",
            as: String.self
        )
        #expect(last == "nulls")
    }

    @Test func `a row whose key is NULL and that moves behind the walk is found in the end`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(key: ["a"], values: "NULL, n", on: connection)
        let options = try database.options

        let result = try await Coordinator(database.options).run(
            Self.backfill(key: ["a"]),
            options: .chunks(of: 6000)
        ) {
            guard case .chunk(let chunk) = $0, chunk.range == 1 else { return }
            #expect(throws: Never.self) { try Self.moveRowToTheFront(options) }
        }

        #expect(result.progress.changed == 12_000)
        #expect(try connection.queryOne("SELECT met FROM thing WHERE b = 9000", as: Int.self) == 1)
    }

    /// Frees the places of the first range and has a row of a full page further on go there.
    private static func moveRowToTheFront(_ options: ConnectionOptions) throws {
        let connection = try Connection(options)
        try connection.execute("VACUUM (TRUNCATE off) thing")
        try connection.execute("UPDATE thing SET b = b WHERE b = 9000")
        let isInFront = try connection.queryOne(
            "SELECT ctid < '(5,0)' FROM thing WHERE b = 9000",
            as: Bool.self
        )
        #expect(isInFront)
    }

    @Test func `a skipped row that has a key does not hide one that has none and arrives late`() async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(key: ["a"], values: "CASE WHEN n % 2 = 0 THEN n END, n", on: connection)
        let options = try database.options
        var run = RunOptions.chunks(of: 3000)
        run.maxSkipped = 1

        let result = try await Coordinator(database.options).run(
            Self.backfill(
                key: ["a"],
                "UPDATE thing SET met = met + 1 + 0 / (b - 2) FROM chunk WHERE thing.ctid = chunk.ctid"
            ),
            options: run
        ) {
            guard case .chunk = $0 else { return }
            #expect(throws: Never.self) {
                let other = try Connection(options)
                defer { other.close() }
                try other.execute(
                    """
                    INSERT INTO thing (b)
                    SELECT 20000
                    WHERE NOT EXISTS (SELECT FROM caisson.backfill_range WHERE state <> 'done' OR pass > 1)
                    """
                )
            }
        }

        #expect(result.run.state == .completed)
        #expect(result.progress.skipped == 1)
        #expect(try connection.query("SELECT b FROM thing WHERE met <> 1", as: Int.self) == [2])
    }

    @Test(arguments: [
        (nil, "UPDATE thing SET met = 1 FROM chunk WHERE thing.ctid = chunk.ctid", "Add \"where:\""),
        ("met = 0", "UPDATE thing SET met = 1 FROM chunk WHERE thing.a = chunk.a", "which equals nothing"),
    ]) func `what such a walk cannot do`(condition: String?, statement: String, message: String) async throws
    {
        let database = try TestDatabase.current
        try Self.create(key: ["a"], values: "NULL, n", on: database.connection())
        let backfill = Self.backfill(key: ["a"], where: condition, statement)

        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(backfill)
        }

        #expect("\(failure, default: "")".contains(message), "\(String(describing: failure))")
    }

    private static func create(key: [String], values: String, on connection: Connection) throws {
        try connection.runScript(
            """
            CREATE TABLE thing (a bigint, b bigint, met bigint NOT NULL DEFAULT 0) WITH (autovacuum_enabled = off);
            INSERT INTO thing SELECT \(values) FROM generate_series(1, 12000) AS n;
            CREATE INDEX ON thing (\(key.joined(separator: ", ")));
            CREATE INDEX ON thing (b, a);
            ANALYZE thing;
            """
        )
    }

    private static func backfill(
        key: [String],
        where condition: String? = "met = 0",
        _ statement: String = "UPDATE thing SET met = met + 1 FROM chunk WHERE thing.ctid = chunk.ctid"
    ) -> Backfill {
        Backfill(
            name: "nulls",
            table: Identifier("thing"),
            key: key,
            nulls: .lastRange,
            condition: condition.map { SQLText($0) },
            verification: nil,
            work: .sql(SQLText(statement))
        )
    }
}
