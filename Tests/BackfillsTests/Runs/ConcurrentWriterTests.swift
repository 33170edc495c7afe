import Bulk
import Dispatch
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Backfills

/// What an application writes during a run is never overwritten by a value computed from what was there before.
@Suite(.freshDatabase) struct ConcurrentWriterTests {
    @Test func `a row backfill sees what a writer left while it waited for the lock`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 50, on: connection)
        // The writer holds a row, so the chunk has read the old name and waits for the lock.
        try connection.runScript("BEGIN; UPDATE city SET name = 'Renamed Once' WHERE population = 20")

        async let running = Coordinator(database.options).run(
            UpperNames().definition(),
            options: .chunks(of: 50)
        )
        try await Self.untilSomebodyWaits(in: database)
        try connection.runScript("COMMIT")
        let result = try await running

        #expect(result.progress.moved == 1)
        let written = try connection.queryOne(
            "SELECT search_name FROM city WHERE population = 20",
            as: String.self
        )
        #expect(written == "RENAMED ONCE")
        #expect(
            try connection.queryOne(
                "SELECT count(*) FROM city WHERE search_name <> upper(name)",
                as: Int.self
            ) == 0
        )
    }

    /// All rows come from one load, and the rewriting moves each to the place of the one before it.
    @Test func `a table that is rewritten between reading and writing confuses no rows`() throws {
        let connection = try TestDatabase.current.connection()
        try Cities.create(rows: 3, on: connection)
        let backfill = try UpperNames().definition()
        let source = try SourceTableLookup(backfill, on: connection).resolve()
        let work = try RowWork(UpperNames(), definition: backfill, source: source, on: connection)
        let interval = KeyInterval(after: nil, through: Key(["9"]))
        let batch = try connection.transaction {
            try RowBatch(interval, end: .rangeDone, work: work, on: $0)
        }

        try connection.execute("DELETE FROM city WHERE id = 1")
        try connection.execute("VACUUM FULL city")
        let counts = try connection.transaction {
            try RowBatchWork(work: work, batch: batch).write(batch.bound, on: $0)
        }

        #expect([counts.matched, counts.moved, counts.changed] == [2, 2, 2])
        let left = "SELECT count(*) FROM city WHERE search_name IS DISTINCT FROM upper(name)" as SQL
        #expect(try connection.queryOne(left, as: Int.self) == 0)
    }

    @Test func `a row that was deleted while the chunk waited is left out`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 50, on: connection)
        try connection.runScript("BEGIN; DELETE FROM city WHERE population = 20")

        async let running = Coordinator(database.options).run(
            SplitNames().definition(),
            options: .chunks(of: 50)
        )
        try await Self.untilSomebodyWaits(in: database)
        try connection.runScript("COMMIT")
        let result = try await running

        #expect(result.run.state == .verified)
        #expect(result.progress.changed == 147)
        #expect(
            try connection.queryOne("SELECT count(*) FROM city_name WHERE city_id = 400", as: Int.self) == 0
        )
    }

    @Test func `a sub-select sees what a writer left while the chunk waited`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE TABLE parent (id bigint PRIMARY KEY, touched integer NOT NULL DEFAULT 0, total bigint);
            CREATE TABLE child (parent_id bigint NOT NULL, amount bigint NOT NULL);
            INSERT INTO parent (id) SELECT generate_series(1, 10);
            INSERT INTO child SELECT id, 5 FROM parent;
            """
        )
        try connection.runScript(
            "BEGIN; INSERT INTO child VALUES (7, 100); UPDATE parent SET touched = 1 WHERE id = 7"
        )
        let backfill = Cities.sql(
            "totals",
            table: "parent",
            """
            UPDATE parent SET total = (SELECT sum(amount) FROM child WHERE parent_id = parent.id)
            FROM chunk WHERE parent.id = chunk.id
            """
        )

        async let running = Coordinator(database.options).run(backfill)
        try await Self.untilSomebodyWaits(in: database)
        try connection.runScript("COMMIT")
        _ = try await running

        #expect(try connection.queryOne("SELECT total FROM parent WHERE id = 7", as: Int.self) == 105)
        #expect(try connection.queryOne("SELECT count(*) FROM parent WHERE total = 5", as: Int.self) == 9)
    }

    @Test(arguments: [false, true]) func `writers and workers go on together and every write is preserved`(
        inSwift: Bool
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 20_000, on: connection)
        let backfill =
            inSwift
            ? try UpperNames().definition()
            : Cities.sql(
                "upper",
                "UPDATE city SET search_name = upper(city.name) FROM chunk WHERE city.id = chunk.id"
            )
        // The application keeps both columns right, as a trigger or dual writes would.
        let done = Atomic(false)
        let writer = Task {
            let session = try database.session()
            var writes = 0
            while !done.load(ordering: .relaxed) {
                let number = Int.random(in: 1...20_000)
                writes += try await session.withConnection {
                    try $0.execute(
                        """
                        UPDATE city SET name = name || '!', search_name = upper(name || '!'), country = 'W'
                        WHERE population = \(number) OR id = \(number * number)
                        """
                    )
                }
            }
            await session.close()
            return writes
        }

        let result = try await Coordinator(database.options).run(
            backfill,
            options: .chunks(of: 400, workers: 2)
        )
        done.store(true, ordering: .relaxed)
        let writes = try await writer.value

        #expect(result.progress.scanned == 20_000)
        let (wrong, marks) = try connection.queryOne(
            """
            SELECT count(*) FILTER (WHERE search_name IS DISTINCT FROM upper(name)),
                   sum(length(name) - length(rtrim(name, '!')))::bigint
            FROM city
            """,
            as: Int.self,
            Int.self
        )
        #expect(wrong == 0)
        #expect(marks == writes)
        #expect(writes > 0)
    }

    /// Waits until a session of this database waits for a lock of another.
    static func untilSomebodyWaits(in database: TestDatabase) async throws {
        let session = try database.session()
        try await eventually {
            try await session.withConnection {
                try $0.lockWaiters()
            } > 0
        }
        await session.close()
    }
}
