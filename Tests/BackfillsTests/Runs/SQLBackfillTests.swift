import Backfills
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct SQLBackfillTests {
    @Test func `an update reaches every row and is verified`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 2500, on: connection)

        let result = try await Coordinator(database.options).run(Cities.normalize, options: .chunks(of: 300))

        #expect(result.run.state == .verified)
        #expect(result.progress.scanned == 2500)
        #expect(result.progress.changed == 2500)
        #expect(result.progress.chunks == 9)
        let wrong = try connection.queryOne(
            "SELECT count(*) FROM city WHERE search_name IS DISTINCT FROM lower(name)",
            as: Int.self
        )
        #expect(wrong == 0)
    }

    @Test func `an upsert that adds up counts each row once`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 12_000, on: connection)

        let result = try await Coordinator(database.options).run(
            Cities.sums,
            options: .chunks(of: 500, workers: 2)
        )

        #expect(result.run.state == .verified)
        #expect(result.progress.ranges == 8)
        let sums = try connection.queryOne(
            "SELECT sum(cities)::bigint, sum(population)::bigint FROM country",
            as: Int.self,
            Int.self
        )
        #expect(sums == (12_000, 12_000 * 12_001 / 2))
    }

    @Test func `a finished run is not done again`() async throws {
        let database = try TestDatabase.current
        try Cities.create(rows: 100, on: database.connection())
        let coordinator = Coordinator(try database.options)
        _ = try await coordinator.run(Cities.sums)

        let again = try await coordinator.run(Cities.sums)

        #expect(again.run.state == .verified)
        #expect(again.progress.scanned == 100)
        #expect(again.progress.chunks == 1)
    }

    @Test func `a condition passes over rows but not over keys`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 1000, on: connection)
        try connection.execute("UPDATE city SET search_name = 'kept' WHERE population % 10 <> 0")

        let result = try await Coordinator(database.options).run(Cities.normalize, options: .chunks(of: 50))

        #expect(result.progress.scanned == 1000)
        #expect(result.progress.changed == 100)
        let kept = try connection.queryOne(
            "SELECT count(*) FROM city WHERE search_name = 'kept'",
            as: Int.self
        )
        #expect(kept == 900)
    }

    @Test func `a delete removes the rows of each chunk`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 1000, on: connection)
        let backfill = Cities.sql(
            "thin_out",
            where: "population > 400",
            "DELETE FROM city USING chunk WHERE city.id = chunk.id"
        )

        let result = try await Coordinator(database.options).run(backfill, options: .chunks(of: 90))

        #expect(result.run.state == .completed)
        #expect(result.progress.changed == 600)
        #expect(try connection.queryOne("SELECT count(*) FROM city", as: Int.self) == 400)
    }

    @Test func `a statement with common tables of its own works, recursive ones too`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 300, on: connection)
        let backfill = Cities.sql(
            "recursive",
            """
            WITH RECURSIVE digits (id, rest, total) AS (
                SELECT id, population::text, 0 FROM chunk JOIN city USING (id)
                UNION ALL
                SELECT id, substr(rest, 2), total + substr(rest, 1, 1)::integer FROM digits WHERE rest <> ''
            )
            UPDATE city AS c SET search_name = total::text -- the sum of digits
            FROM digits WHERE c.id = digits.id AND digits.rest = '' OR false;
            """
        )

        let result = try await Coordinator(database.options).run(backfill, options: .chunks(of: 70))

        #expect(result.progress.changed == 300)
        let sum = try connection.queryOne(
            "SELECT search_name FROM city WHERE population = 289",
            as: String.self
        )
        #expect(sum == "19")
    }

    @Test func `an empty table is done at once`() async throws {
        let database = try TestDatabase.current
        try Cities.create(rows: 0, on: database.connection())

        let result = try await Coordinator(database.options).run(Cities.normalize)

        #expect(result.run.state == .verified)
        #expect(result.progress.ranges == 0)
    }
}
