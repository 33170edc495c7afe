@testable import Backfills
import Control
import Postgres
import Synchronization
import TestSupport
import Testing

/// The row that is recorded is the one that failed, as it was when it failed.
@Suite(.freshDatabase) struct SuspectTests {
    /// A city without people divides by zero.
    private static let quotient = Cities.sql(
        "quotient",
        "UPDATE city SET search_name = (1000 / population)::text FROM chunk WHERE city.id = chunk.id"
    )

    /// The city that is poison, by its id.
    private static let poison = 17 * 17

    private static func prepare(rows: Int, _ connection: Connection) throws {
        try Cities.create(rows: rows, on: connection)
        try connection.execute("UPDATE city SET population = 0 WHERE id = \(poison)")
    }

    @Test(arguments: [false, true])
    func `a row that is mended before it is locked is applied, and nothing is skipped`(
        inSwift: Bool
    ) async throws {
        let connection = try TestDatabase.current.connection()
        let outcome = try await Self.suspect(
            inSwift: inSwift,
            after: "UPDATE city SET population = 5 WHERE id = \(Self.poison)",
            connection
        )

        guard case .applied(let report) = outcome else {
            Issue.record("the mended row was not applied")
            return
        }
        #expect(report.range.cursor == Key(["\(Self.poison)"]))
        #expect(report.counts.changed == 1)
        #expect(try Self.skipped(connection).isEmpty)
    }

    @Test(arguments: [false, true])
    func `a row that is removed before it is locked lets nobody else be recorded`(
        inSwift: Bool
    ) async throws {
        let connection = try TestDatabase.current.connection()
        let outcome = try await Self.suspect(
            inSwift: inSwift,
            after: "DELETE FROM city WHERE id = \(Self.poison)",
            connection
        )

        guard case .gone = outcome else {
            Issue.record("the row that is gone was taken for done")
            return
        }
        #expect(try Self.skipped(connection).isEmpty)
    }

    /// Looks at the poison while somebody else's change of it waits for its COMMIT.
    private static func suspect(
        inSwift: Bool,
        after change: String,
        _ connection: Connection
    ) async throws -> SuspectOutcome {
        let database = try TestDatabase.current
        let other = try database.connection()
        try prepare(rows: 30, connection)
        let (run, range) = try await claim(in: database)
        let before = range.advanced(to: Key(["\(16 * 16)"]))
        try connection.execute("UPDATE caisson.backfill_range SET cursor = '{256}' WHERE id = \(range.id)")
        try other.runScript("BEGIN; " + change)
        async let outcome = database.session().withConnection { connection in
            let runner = ChunkRunner(schema: ControlSchema(), limits: ChunkLimits(), lease: 60)
            let allowance = SkipAllowance(run: run, limit: 10)
            guard inSwift else {
                return try runner.runSuspect(try sqlWork(connection), of: before, allowance, on: connection)
            }
            return try runner.runSuspect(try rowWork(connection), of: before, allowance, on: connection)
        }
        try await untilSomebodyWaits(connection)
        try other.runScript("COMMIT")
        return try await outcome
    }

    @Test(arguments: [false, true]) func `a failed row stays locked until it is recorded`(
        inSwift: Bool
    ) async throws {
        let database = try TestDatabase.current
        let (connection, other) = (try database.connection(), try database.connection())
        try Self.prepare(rows: 200, connection)
        var options = RunOptions.chunks(of: 64)
        options.maxSkipped = 5
        let backfill = inSwift ? try Quotient().definition() : Self.quotient
        // Whoever skips takes the lock on the run first, so the record waits as long as this one holds it.
        let holding = Mutex(try HeldRun(database.connection()))

        async let running = Coordinator(database.options).run(
            backfill,
            options: options,
            report: { if case .chunk = $0 { holding.withLock { $0.hold() } } }
        )
        try await Self.untilSomebodyWaits(connection)
        let refusal = #expect(throws: PostgresError.self) {
            try other.runScript(
                "SET lock_timeout = '100ms'; UPDATE city SET population = 5 WHERE id = \(Self.poison)"
            )
        }
        #expect(refusal?.sqlState == .lockNotAvailable)
        holding.withLock { $0.release() }
        let result = try await running

        #expect(result.progress.skipped == 1)
        #expect(result.progress.scanned == 200)
        #expect(result.progress.changed == 199)
        #expect(try Self.skipped(connection) == ["\(Self.poison): 0"])
    }

    @Test func `a constraint that is checked at the end of the transaction is met by the row alone`()
        async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 100, on: connection)
        try connection.runScript(
            """
            CREATE TABLE label (name text PRIMARY KEY);
            INSERT INTO label SELECT lower(name) FROM city WHERE population <> 50;
            ALTER TABLE city ADD FOREIGN KEY (search_name) REFERENCES label DEFERRABLE INITIALLY DEFERRED;
            """
        )
        var options = RunOptions.chunks(of: 32)
        options.maxSkipped = 1

        let result = try await Coordinator(database.options).run(Cities.normalize, options: options)

        #expect(result.progress.skipped == 1)
        #expect(result.progress.changed == 99)
        let recorded = try connection.queryOne(
            "SELECT key[1], sqlstate FROM caisson.backfill_skipped",
            as: String.self,
            String.self
        )
        #expect(recorded == ("2500", "23503"))
    }

    @Test func `a condition that fails on a row is recorded as well`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.prepare(rows: 100, connection)
        var options = RunOptions.chunks(of: 32)
        options.maxSkipped = 1
        let backfill = Cities.sql(
            "picky_condition",
            where: "1000 / population > 0",
            "UPDATE city SET search_name = 'x' FROM chunk WHERE city.id = chunk.id"
        )

        let result = try await Coordinator(database.options).run(backfill, options: options)

        #expect(result.progress.skipped == 1)
        #expect(result.progress.scanned == 100)
        #expect(try Self.skipped(connection) == ["\(Self.poison): 0"])
    }

    /// The attempts are counted by a sequence, which no rollback sets back.
    @Test(arguments: [1, 2, 500, 777, 1023, 1024])
    func `one bad row costs at most two transactions for each halving`(
        bad: Int
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 1024, on: connection)
        try connection.execute("UPDATE city SET population = 0 WHERE id = \(bad * bad)")
        try connection.runScript(
            """
            CREATE SEQUENCE attempt;
            CREATE FUNCTION count_attempt() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM nextval('attempt'); RETURN NULL; END $$;
            CREATE TRIGGER attempt BEFORE UPDATE ON city FOR EACH STATEMENT EXECUTE FUNCTION count_attempt();
            """
        )
        var options = RunOptions.chunks(of: 1024)
        options.maxSkipped = 1

        let result = try await Coordinator(database.options).run(Self.quotient, options: options)

        #expect(result.progress.skipped == 1)
        #expect(result.progress.changed == 1023)
        let attempts = try connection.queryOne("SELECT last_value FROM attempt", as: Int.self)
        #expect(attempts - 1 <= 2 * 10, "\(attempts) transactions for one bad row in 1024")
    }

    // MARK: Helpers

    private static func claim(in database: TestDatabase) async throws -> (run: Int64, range: ClaimedRange) {
        let stop = StopSignal()
        stop.request()
        let result = try await Coordinator(database.options).run(quotient, stop: stop)
        let store = RunStore(schema: ControlSchema(), on: try database.connection())
        // The connection ends with this function; the lease does not.
        let range = try #require(try store.claim(run: result.run.id, owner: "test", lease: 600))
        return (result.run.id, range)
    }

    private static func sqlWork(_ connection: Connection) throws -> SQLWork {
        guard case .sql(let statement) = quotient.work else { throw CancellationError() }
        let source = try SourceTableLookup(quotient, on: connection).resolve()
        return try SQLWork(quotient, statement: statement, source: source, limit: 1, on: connection)
    }

    private static func rowWork(_ connection: Connection) throws -> RowSuspectWork {
        let definition = try Quotient().definition()
        let source = try SourceTableLookup(definition, on: connection).resolve()
        return RowSuspectWork(
            work: try RowWork(Quotient(), definition: definition, source: source, on: connection)
        )
    }

    private static func untilSomebodyWaits(_ connection: Connection) async throws {
        try await eventually("somebody waits for a lock") {
            try connection.lockWaiters() > 0
        }
    }

    /// Keys and populations of the rows that were recorded.
    private static func skipped(_ connection: Connection) throws -> [String] {
        try connection.query(
            "SELECT key[1] || ': ' || (row ->> 'population') FROM caisson.backfill_skipped ORDER BY id",
            as: String.self
        )
    }
}
