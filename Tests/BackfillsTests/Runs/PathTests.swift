@testable import Backfills
import Postgres
import TestSupport
import Testing

/// Chunks are single statements where locking first is proven to change nothing.
@Suite(.freshDatabase) struct PathTests {
    static let rows = 2_000

    private func path(_ backfill: Backfill, _ connection: Connection) throws -> ChunkPath {
        guard case .sql(let statement) = backfill.work else { return .twoSteps(reason: "") }
        let source = try SourceTableLookup(backfill, on: connection).resolve()
        let work = try SQLWork(backfill, statement: statement, source: source, limit: 100, on: connection)
        let range = ClaimedRange(id: 0, ordinal: 1, cursor: nil, upper: Key(["40000000000"]), epoch: 0)
        return try PathChooser(limits: backfill.limits).path(of: work, range, on: connection)
    }

    @Test func `an update from the row's own columns is one statement, and the run says so`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: Self.rows, on: connection)
        let expected = ChunkPath.oneStatement(
            proof:
                "SET reads nothing but the row itself, and the plan is a scan of the index city_pkey in the order "
                + "of the key"
        )
        #expect(try path(Cities.normalize, connection) == expected)

        let coordinator = try Coordinator(database.options)
        #expect(try await coordinator.dryRun(Cities.normalize).path == expected)
        let result = try await coordinator.run(Cities.normalize, options: .chunks(of: 300))
        #expect(result.run.state == .verified)
        #expect(
            [result.progress.scanned, result.progress.matched, result.progress.changed] == [2000, 2000, 2000]
        )
        let stored = try connection.queryOne(
            "SELECT chunk_statements, chunk_reason FROM caisson.backfill_run",
            as: String.self,
            String.self
        )
        #expect(stored == ("one", expected.reason))
        #expect(
            try connection.queryOne("SELECT count(*) FROM city WHERE search_name = lower(name)", as: Int.self)
                == 2000
        )
    }

    static let unproven: [(String, String, String)] = [
        (
            "a sub-select", "plan has more than one scan",
            "UPDATE city SET search_name = (SELECT max(code) FROM country) FROM chunk WHERE city.id = chunk.id"
        ),
        (
            "a function that reads a table", "named() may look at other rows",
            "UPDATE city SET search_name = named(city.name) FROM chunk WHERE city.id = chunk.id"
        ),
        (
            "an operator that reads a table", "the operator ~@ may look at other rows",
            "UPDATE city SET search_name = city.name ~@ city.name FROM chunk WHERE city.id = chunk.id"
        ),
        (
            "a query as text", "query_to_xml() may look at other rows",
            "UPDATE city SET search_name = query_to_xml('SELECT 1', true, false, '')::text FROM chunk WHERE city.id = chunk.id"
        ),
        (
            "another relation", "reads other relations than chunk",
            "UPDATE city SET search_name = country.code FROM chunk, country WHERE city.id = chunk.id"
        ),
        (
            "a condition of its own", "WHERE does more",
            "UPDATE city SET search_name = name FROM chunk WHERE city.id = chunk.id AND city.name <> ''"
        ),
        (
            "a new key", "changes the key",
            "UPDATE city SET id = city.id + 1 FROM chunk WHERE city.id = chunk.id"
        ),
        ("a delete", "not a plain UPDATE", "DELETE FROM city USING chunk WHERE city.id = chunk.id"),
        (
            "another table", "writes to another table",
            "UPDATE city_name SET applied = 2 FROM chunk WHERE city_name.city_id = chunk.id"
        ),
    ]

    @Test(arguments: unproven)
    func `anything else locks its rows first`(_ what: String, _ reason: String, _ statement: String) throws {
        let connection = try TestDatabase.current.connection()
        try Cities.create(rows: Self.rows, on: connection)
        try connection.runScript(
            """
            CREATE FUNCTION named(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT max(code) FROM country';
            CREATE FUNCTION named(text, text) RETURNS text LANGUAGE sql STABLE AS 'SELECT max(code) FROM country';
            CREATE OPERATOR ~@ (LEFTARG = text, RIGHTARG = text, FUNCTION = named);
            """
        )
        let path = try path(Cities.sql("other", statement), connection)
        #expect(path.statements == "two" && path.reason.contains(reason), "\(what): \(path)")
    }

    @Test func `a condition that looks elsewhere counts too`() throws {
        let connection = try TestDatabase.current.connection()
        try Cities.create(rows: Self.rows, on: connection)
        let statement = "UPDATE city SET search_name = lower(city.name) FROM chunk WHERE city.id = chunk.id"
        let backfill = Cities.sql(
            "elsewhere",
            where: "EXISTS (SELECT FROM country WHERE code = city.country)",
            statement
        )
        #expect(try path(backfill, connection).statements == "two")
    }

    @Test func `a plan that uses another index locks first`() throws {
        let connection = try TestDatabase.current.connection()
        try Cities.create(rows: Self.rows, on: connection)
        try connection.runScript("CREATE INDEX by_population ON city (population); ANALYZE city")
        let statement = "UPDATE city SET search_name = lower(city.name) FROM chunk WHERE city.id = chunk.id"
        let path = try path(Cities.sql("few", where: "population = 5", statement), connection)
        #expect(path.statements == "two" && path.reason.contains("the index by_population, not in the order"))
    }

    @Test func `a descending index is read against the order of the key, so rows are locked first`() throws {
        let connection = try TestDatabase.current.connection()
        try Cities.create(rows: Self.rows, on: connection)
        try connection.runScript(
            "ALTER TABLE city DROP CONSTRAINT city_pkey; CREATE UNIQUE INDEX down ON city (id DESC)"
        )
        let statement = "UPDATE city SET search_name = lower(city.name) FROM chunk WHERE city.id = chunk.id"
        let path = try path(Cities.sql("down", key: ["id"], statement), connection)
        #expect(path.statements == "two" && path.reason.contains("not in the order of the key"))
    }

    /// The statement waits for the row, and PostgreSQL computes the value again from what the writer left.
    @Test func `a row that changes while the statement waits gets the value of what it is then`() async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 50, on: connection)
        try connection.runScript("SET enable_seqscan = off")
        let writer = try database.connection()
        try writer.runScript(
            """
            BEGIN;
            UPDATE city SET name = 'Renamed Once' WHERE population = 20;
            UPDATE city SET search_name = 'theirs' WHERE population = 21;
            DELETE FROM city WHERE population = 22
            """
        )
        var options = try database.options
        options.set("options", "-c enable_seqscan=off")
        async let running = Coordinator(options).run(Cities.normalize, options: .chunks(of: 50))
        try await eventually("the chunk waits for the writer") {
            try connection.lockWaiters(running: "UPDATE city%") == 1
        }
        try writer.runScript("COMMIT")
        let result = try await running
        #expect(result.run.state == .verified)
        #expect([result.progress.scanned, result.progress.changed] == [50, 48])
        #expect(
            try connection.query(
                "SELECT search_name FROM city WHERE population BETWEEN 20 AND 22 ORDER BY id",
                as: String.self
            ) == ["renamed once", "theirs"]
        )
    }
}
