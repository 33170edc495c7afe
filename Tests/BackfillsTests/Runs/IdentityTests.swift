import Backfills
import Postgres
import Synchronization
import TestSupport
import Testing

/// A run is about one table, whatever its name leads to.
@Suite(.freshDatabase) struct IdentityTests {
    private static let count = Cities.sql(
        "count",
        "UPDATE city SET population = -city.population FROM chunk WHERE city.id = chunk.id"
    )

    @Test(arguments: [
        "DROP TABLE city; CREATE TABLE city AS TABLE copy; ALTER TABLE city ADD PRIMARY KEY (id)",
        "ALTER TABLE city RENAME TO former; ALTER TABLE copy RENAME TO city",
        "CREATE SCHEMA aside; ALTER TABLE city SET SCHEMA aside; ALTER TABLE copy RENAME TO city",
    ])
    func `a table of the same name is another table, until the run begins anew`(change: String) async throws {
        let (coordinator, connection) = try await Self.runHalf()
        try connection.runScript(change)

        try await Self.expectRefused(coordinator, "is not the table that its run")
        #expect(try Self.state(connection) == "paused")

        var options = RunOptions.chunks(of: 100)
        options.existing = .restart
        let result = try await coordinator.run(Self.count, options: options)
        #expect(result.run.state == .completed)
        #expect(result.progress.changed == 500)
    }

    @Test func `a table that has its name again is gone on with`() async throws {
        let (coordinator, connection) = try await Self.runHalf()
        try connection.runScript("ALTER TABLE city RENAME TO away; ALTER TABLE copy RENAME TO city")
        try await Self.expectRefused(coordinator, "is not the table that its run")
        try connection.runScript("ALTER TABLE city RENAME TO copy; ALTER TABLE away RENAME TO city")

        let result = try await coordinator.run(Self.count, options: .chunks(of: 100))
        #expect(result.run.state == .completed)
        #expect(
            try connection.queryOne("SELECT count(*) FROM city WHERE population < 0", as: Int.self) == 500
        )
    }

    @Test func `a run whose table is swapped behind its last chunk is not completed`() async throws {
        try await Self.expectFailure("is not the table that its run") { $0.swap() }
    }

    @Test(arguments: [
        "VACUUM FULL city", "CLUSTER city USING city_pkey",
        "ALTER TABLE city ALTER COLUMN name TYPE varchar(99)",
        "ALTER TABLE city SET UNLOGGED", "REINDEX TABLE city", "VACUUM FULL city; VACUUM FULL city",
    ])
    func `a table that is written anew with its rows is the same table`(change: String) async throws {
        let (coordinator, connection) = try await Self.runHalf()
        for statement in change.split(separator: ";") { try connection.runScript(String(statement)) }

        let result = try await coordinator.run(Self.count, options: .chunks(of: 100))
        #expect(result.run.state == .completed)
        #expect(
            try connection.queryOne("SELECT count(*) FROM city WHERE population < 0", as: Int.self) == 500
        )
    }

    @Test func `a table that was truncated and filled again is refused`() async throws {
        let (coordinator, connection) = try await Self.runHalf()
        try connection.runScript("TRUNCATE city; INSERT INTO city SELECT * FROM copy")

        try await Self.expectRefused(coordinator, "was emptied by TRUNCATE")
        #expect(try Self.state(connection) == "paused")

        var options = RunOptions()
        options.changedDefinition = .accept
        #expect(try await coordinator.run(Self.count, options: options).run.state == .completed)
    }

    /// Numbers alone: there is no TOAST table that would tell an ALTER TABLE.
    @Test(arguments: [
        ("TRUNCATE plain; INSERT INTO plain SELECT number FROM generate_series(1, 500) AS number", false),
        ("VACUUM FULL plain", true), ("ALTER TABLE plain ALTER COLUMN hits TYPE bigint", true),
    ])
    func `a table without long columns is known by its rows`(change: String, isSame: Bool) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE TABLE plain (id integer PRIMARY KEY, hits integer NOT NULL DEFAULT 0);
            INSERT INTO plain SELECT number FROM generate_series(1, 500) AS number
            """
        )
        let hit = Cities.sql(
            "hit",
            table: "plain",
            "UPDATE plain SET hits = hits + 1 FROM chunk WHERE plain.id = chunk.id"
        )
        let coordinator = Coordinator(try database.options)
        try await coordinator.runFirstChunk(of: hit)
        for statement in change.split(separator: ";") { try connection.runScript(String(statement)) }

        if isSame {
            #expect(try await coordinator.run(hit).run.state == .completed)
        } else {
            await #expect(throws: BackfillError.self) { _ = try await coordinator.run(hit) }
        }
    }

    @Test func `a table that is truncated while the run is at work is found out at its end`() async throws {
        try await Self.expectFailure("was emptied by TRUNCATE", options: .chunks(of: 100)) { $0.truncate() }
    }

    @Test func `a table that was truncated and is empty has nothing left to do`() async throws {
        let (coordinator, connection) = try await Self.runHalf()
        try connection.runScript("TRUNCATE city")
        #expect(try await coordinator.run(Self.count).run.state == .completed)
    }

    @Test func `a run of an older version knows its table by its ranges, and takes note of it`() async throws
    {
        let (coordinator, connection) = try await Self.runHalf()
        let oid = try connection.queryOne("SELECT source_oid FROM caisson.backfill_run", as: Int64.self)
        try connection.runScript(
            """
            UPDATE caisson.backfill_run SET source_oid = NULL, settings = NULL;
            UPDATE caisson.backfill_range SET file_node = NULL;
            ALTER TABLE city RENAME TO away; ALTER TABLE copy RENAME TO city
            """
        )
        try await Self.expectRefused(coordinator, "is not the table that its run")
        try connection.runScript("ALTER TABLE city RENAME TO copy; ALTER TABLE away RENAME TO city")

        #expect(try await coordinator.run(Self.count).run.state == .completed)
        let known = try connection.queryOne(
            "SELECT source_oid, settings IS NOT NULL FROM caisson.backfill_run",
            as: Int64?.self,
            Bool.self
        )
        #expect(known == (oid, true))
    }

    @Test func `a run that is taken to another database is adopted with its table`() async throws {
        let (coordinator, connection) = try await Self.runHalf()
        try connection.runScript(
            """
            UPDATE caisson.backfill_run SET database_oid = 1, source_oid = 1;
            """
        )
        try await Self.expectRefused(coordinator, "--adopt")
        var options = RunOptions()
        options.foreignTables = .adopt
        #expect(try await coordinator.run(Self.count, options: options).run.state == .completed)
    }

    @Test func `status and skipped rows outlive their table`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        let coordinator = Coordinator(try database.options)
        var options = RunOptions()
        options.maxSkipped = 10
        let divide = Cities.sql(
            "divide",
            "UPDATE city SET population = 1 / (city.population - 7) FROM chunk WHERE city.id = chunk.id"
        )
        _ = try await coordinator.run(divide, options: options)
        try connection.runScript("DROP TABLE city")

        #expect(try await coordinator.statuses(of: "divide").first?.progress.skipped == 1)
        #expect(try await coordinator.skippedRows(of: "divide").map(\.key) == ["49"])

        try connection.runScript("ALTER TABLE copy RENAME TO city")
        let failure = await #expect(throws: BackfillError.self) {
            _ = try await coordinator.retrySkipped(divide)
        }
        #expect("\(failure, default: "")".contains("is not the table that its run"))
        #expect(try await coordinator.skippedRows(of: "divide").count == 1)
    }

    /// Every row of such a partition is younger than its file once the run has changed it, as behind a TRUNCATE.
    @Test(arguments: [
        "VACUUM FULL part_2",
        "CREATE TEMPORARY TABLE kept AS TABLE part_2; TRUNCATE part_2; INSERT INTO part_2 TABLE kept",
    ])
    func `a partition that is written anew before the walk comes to it is the same`(
        change: String
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE TABLE part (id integer PRIMARY KEY, hits integer NOT NULL DEFAULT 0, name text) PARTITION BY RANGE (id);
            CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (1) TO (101);
            CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (101) TO (201);
            INSERT INTO part SELECT number FROM generate_series(1, 200) AS number
            """
        )
        let hit = Cities.sql(
            "hit",
            table: "part",
            "UPDATE part SET hits = hits + 1 FROM chunk WHERE part.id = chunk.id"
        )
        let coordinator = Coordinator(try database.options)
        try await coordinator.runFirstChunk(of: hit)
        for statement in change.split(separator: ";") { try connection.runScript(String(statement)) }

        #expect(try await coordinator.run(hit).run.state == .completed)
        #expect(try connection.queryOne("SELECT sum(hits) FROM part WHERE hits = 1", as: Int.self) == 200)
    }

    /// 500 rows of `city`, and a copy of them.
    private static func create(on connection: Connection) throws {
        try Cities.create(rows: 500, on: connection)
        try connection.runScript(
            "CREATE TABLE copy (LIKE city INCLUDING ALL); INSERT INTO copy SELECT * FROM city"
        )
    }

    /// Leaves a run that has some of the rows behind it.
    private static func runHalf() async throws -> (Coordinator, Connection) {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try create(on: connection)
        let coordinator = Coordinator(try database.options)
        let result = try await coordinator.runFirstChunk(of: count)
        #expect(result.run.state == .paused)
        return (coordinator, connection)
    }

    private static func expectRefused(_ coordinator: Coordinator, _ words: String) async throws {
        let failure = await #expect(throws: BackfillError.self) { _ = try await coordinator.run(count) }
        #expect("\(failure, default: "")".contains(words))
    }

    /// Runs the backfill, does something to its table behind the first chunk, and compares the end.
    private static func expectFailure(
        _ words: String,
        options: RunOptions = RunOptions(),
        _ change: @escaping @Sendable (Swapper) -> Void
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try create(on: connection)
        let swapper = Mutex(try Swapper(database.connection()))
        let failure = await #expect(throws: BackfillError.self) {
            try await Coordinator(database.options).run(
                count,
                options: options,
                report: { if case .chunk = $0 { swapper.withLock { change($0) } } }
            )
        }
        #expect("\(failure, default: "")".contains(words))
        #expect(try state(connection) == "failed")
    }

    private static func state(_ connection: Connection) throws -> String {
        try connection.queryOne("SELECT state FROM caisson.backfill_run", as: String.self)
    }
}

/// Does something to the table once; the mutex around it serialises its users.
private final class Swapper: @unchecked Sendable {
    private let connection: Connection
    private var isDone = false

    init(_ connection: Connection) {
        self.connection = connection
    }

    func swap() { once("ALTER TABLE city RENAME TO former; ALTER TABLE copy RENAME TO city") }
    func truncate() { once("TRUNCATE city; INSERT INTO city SELECT * FROM copy") }

    private func once(_ script: String) {
        guard !isDone else { return }
        isDone = true
        do {
            try connection.runScript(script)
        } catch {
            Issue.record(error)
        }
    }
}
