import Backfills
import Bulk
import Postgres
import TestSupport
import Testing

/// A dry run executes a real chunk, shows what it changed, and leaves nothing behind.
@Suite(.freshDatabase) struct DryRunTests {
    @Test func `an update shows each row before and after`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 100, on: connection)

        let dryRun = try await Coordinator(database.options).dryRun(Cities.normalize, chunkSize: 10)

        #expect(dryRun.scanned == 10)
        #expect(dryRun.matched == 10)
        #expect(dryRun.targetKey == ["id"])
        #expect(dryRun.changes.count == 10)
        let first = try #require(dryRun.changes.first { $0.after?.contains("\"id\": 1,") == true })
        #expect(first.before?.contains("\"search_name\": null") == true)
        #expect(first.after?.contains("\"search_name\": \"city ä 1\"") == true)
        try Self.expectUntouched(connection)
    }

    @Test func `an upsert shows new rows and changed ones`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 100, on: connection)
        try connection.execute("INSERT INTO country VALUES ('C1', 1000, 1)")

        let dryRun = try await Coordinator(database.options).dryRun(Cities.sums, chunkSize: 14)

        #expect(dryRun.target == Identifier("public", "country"))
        #expect(dryRun.changes.count == 7)
        #expect(dryRun.changes.filter { $0.before == nil }.count == 6)
        let changed = try #require(dryRun.changes.first { $0.before != nil })
        #expect(changed.after?.contains("\"cities\": 1002") == true)
        try Self.expectUntouched(connection)
    }

    @Test func `a delete shows the rows that would go`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 100, on: connection)
        let backfill = Cities.sql(
            "thin_out",
            where: "population > 95",
            "DELETE FROM city USING chunk WHERE city.id = chunk.id"
        )

        let dryRun = try await Coordinator(database.options).dryRun(backfill, chunkSize: 10)

        #expect(dryRun.changes.count == 5)
        #expect(dryRun.changes.allSatisfy { $0.before != nil && $0.after == nil })
        try Self.expectUntouched(connection)
    }

    @Test(arguments: [("gen_random_uuid()", 1), ("lpad(n::text, 32, '0')::uuid", 0)])
    func `a large table whose keys lie in no order is walked better by place, says a note`(
        id: String,
        notes: Int
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE UNLOGGED TABLE thing (id uuid PRIMARY KEY, padding text, done integer);
            ALTER TABLE thing ALTER padding SET STORAGE PLAIN;
            INSERT INTO thing SELECT \(id), repeat('x', 7000) FROM generate_series(1, 10000) AS n;
            ANALYZE thing;
            """
        )
        let backfill = Cities.sql(
            "look",
            table: "thing",
            "UPDATE thing SET done = 1 FROM chunk WHERE thing.id = chunk.id"
        )

        let dryRun = try await Coordinator(database.options).dryRun(backfill, chunkSize: 10)

        #expect(dryRun.notes.filter { $0.contains("\"key: ctid\"") }.count == notes)
    }

    @Test func `a row backfill shows what the sink would get`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 100, on: connection)

        let dryRun = try await Coordinator(database.options).dryRun(SplitNames().definition(), chunkSize: 4)

        #expect(dryRun.changes.count == 12)
        #expect(dryRun.changes.allSatisfy { $0.before == nil && $0.after?.contains("\"name\"") == true })
        try Self.expectUntouched(connection)
    }

    @Test func `a statement with RETURNING and common tables of its own can be rehearsed`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 20, on: connection)
        let backfill = Cities.sql(
            "busy",
            """
            WITH longest AS (SELECT max(length(name)) AS most FROM chunk JOIN city USING (id))
            UPDATE city AS c SET search_name = most::text FROM longest, chunk WHERE c.id = chunk.id RETURNING c.id;
            """
        )

        let dryRun = try await Coordinator(database.options).dryRun(backfill, chunkSize: 20)

        #expect(dryRun.changes.count == 20)
        try Self.expectUntouched(connection)
    }

    private static func expectUntouched(_ connection: Connection) throws {
        #expect(try connection.queryOne("SELECT to_regnamespace('caisson') IS NULL", as: Bool.self))
        #expect(
            try connection.queryOne("SELECT count(*) FROM city WHERE search_name IS NOT NULL", as: Int.self)
                == 0
        )
        #expect(try connection.queryOne("SELECT count(*) FROM city_name", as: Int.self) == 0)
        #expect(
            try connection.queryOne("SELECT coalesce(sum(cities), 1000)::bigint FROM country", as: Int.self)
                == 1000
        )
    }
}
