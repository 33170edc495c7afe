import Backfills
import Bulk
import Postgres
import TestSupport
import Testing

/// Rows that cannot be applied are found, recorded and passed over, as many as the operator allows.
@Suite(.freshDatabase) struct SkippedRowTests {
    private static let poison = [17, 300, 301, 999]

    /// Cities whose population is among the poisoned numbers break a constraint.
    private static let strict = Cities.sql(
        "strict",
        verify: "SELECT count(*) FROM city WHERE search_name IS NULL",
        "UPDATE city SET search_name = (100000 / (population - population / 1 * flaw))::text FROM flaws, chunk "
            + "WHERE city.id = chunk.id AND flaws.id = city.id"
    )

    private static func prepare(_ connection: Connection) throws {
        try Cities.create(rows: 1000, on: connection)
        try connection.runScript(
            "CREATE TABLE flaws AS SELECT id, 0 AS flaw FROM city; ALTER TABLE flaws ADD PRIMARY KEY (id)"
        )
        try connection.execute(
            """
            UPDATE flaws SET flaw = 1
            WHERE id IN (SELECT id FROM city WHERE population = ANY (\(PostgresArray(poison.map(Int64.init)))))
            """
        )
    }

    @Test func `the first bad row stops the run and is named, with all before it done`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.prepare(connection)

        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(Self.strict, options: .chunks(of: 100))
        }

        let message = failure.map { "\($0)" } ?? ""
        #expect(message.contains("the row with key 289 cannot be applied: division by zero"))
        #expect(message.contains("--max-skipped"))
        #expect(
            try connection.queryOne("SELECT count(*) FROM city WHERE search_name IS NOT NULL", as: Int.self)
                == 16
        )
        #expect(try connection.queryOne("SELECT count(*) FROM caisson.backfill_skipped", as: Int.self) == 0)
    }

    @Test func `bad rows are recorded with key, code and content, and tried again when they are mended`()
        async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.prepare(connection)
        let coordinator = Coordinator(try database.options)
        var options = RunOptions.chunks(of: 128)
        options.maxSkipped = 4

        let result = try await coordinator.run(Self.strict, options: options)

        #expect(result.run.state == .completed)
        #expect(result.progress.skipped == 4)
        #expect(result.progress.scanned == 1000)
        #expect(result.progress.changed == 996)
        let rows = try await coordinator.skippedRows(of: "strict")
        #expect(rows.map(\.key) == Self.poison.map { "\($0 * $0)" })
        #expect(rows.allSatisfy { $0.sqlState == "22012" && $0.row?.contains("\"population\"") == true })

        try connection.execute("UPDATE flaws SET flaw = 0 WHERE id <> 999 * 999")
        let (tried, left, run) = try await coordinator.retrySkipped(Self.strict)
        #expect((tried, left) == (4, 1))
        #expect(run.state == .completed)

        try connection.execute("UPDATE flaws SET flaw = 0")
        let last = try await coordinator.retrySkipped(Self.strict)
        #expect((last.tried, last.left) == (1, 0))
        #expect(last.run.state == .verified)
        let status = try #require(try await coordinator.statuses(of: "strict").first)
        #expect(status.progress.skipped == 0)
        #expect(status.progress.changed == 1000)
    }

    @Test func `one row more than allowed stops the run`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.prepare(connection)
        var options = RunOptions.chunks(of: 50)
        options.maxSkipped = 3

        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(Self.strict, options: options)
        }

        #expect("\(failure, default: "")".contains("key 998001"))
        #expect(try connection.queryOne("SELECT count(*) FROM caisson.backfill_skipped", as: Int.self) == 3)
    }

    @Test func `what a transform throws and what the sink refuses are both isolated`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 1000, on: connection)
        try connection.runScript("ALTER TABLE city_name ADD CHECK (city_id <> 250000)")
        var options = RunOptions.chunks(of: 64)
        options.maxSkipped = 10

        let result = try await Coordinator(database.options).run(Grumpy().definition(), options: options)

        #expect(result.progress.skipped == 3)
        #expect(result.progress.scanned == 1000)
        #expect(result.progress.changed == 997)
        let recorded = try connection.query(
            "SELECT key[1]::bigint, sqlstate FROM caisson.backfill_skipped ORDER BY 1",
            as: Int64.self,
            String?.self
        )
        #expect(recorded.map(\.0) == [9, 250_000, 810_000])
        #expect(recorded.map(\.1) == [nil, "23514", nil])
    }

    @Test func `a statement that is wrong for every row is not taken for a bad row`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 100, on: connection)
        var options = RunOptions.chunks(of: 10)
        options.maxSkipped = 1000
        let backfill = Cities.sql(
            "dynamic",
            "UPDATE city SET search_name = query_to_xml('SELECT missing', true, true, '')::text FROM chunk WHERE city.id = chunk.id"
        )

        await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(backfill, options: options)
        }
        #expect(try connection.queryOne("SELECT count(*) FROM caisson.backfill_skipped", as: Int.self) == 0)
    }
}

/// Refuses the cities 3 and 900.
private struct Grumpy: RowBackfill {
    struct Refusal: Error, CustomStringConvertible { let description = "not this one" }

    let name = "grumpy"
    let source = Source(table: "city", key: "id", columns: "id", "population")
    let sink = Sink.insert(into: "city_name", columns: ["city_id", "name"])

    func transform(_ row: Row, into output: inout Output) throws {
        let (id, population) = try row.decode(Int64.self, Int64.self)
        if population == 3 || population == 900 { throw Refusal() }
        try output.write(id, "name")
    }
}
