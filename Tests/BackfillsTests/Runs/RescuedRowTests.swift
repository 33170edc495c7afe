import Backfills
import Postgres
import Synchronization
import TestSupport
import Testing

/// A row that does not fulfil `where` when a chunk locks its rows, begins to, and is changed again before the chunk writes:
/// it is not locked, so the chunk must leave it alone.
@Suite(.freshDatabase) struct RescuedRowTests {
    /// The row in the middle of the second chunk.
    private static let row = 150

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let condition: String
        let statement: String
        /// Makes the row fulfil `where`, and changes it again so that the chunk would do it wrong.
        let release: String
        let rescue: String
        /// Counts what is wrong afterwards.
        let wrong: SQL

        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "rows deleted",
            condition: "NOT keep",
            statement: """
                DELETE FROM account USING chunk WHERE account.id = chunk.id AND NOT EXISTS (SELECT FROM brake)
                """,
            release: "UPDATE account SET keep = false WHERE id = \(row)",
            rescue: "UPDATE account SET keep = true WHERE id = \(row)",
            wrong: "SELECT 1 - count(*) FROM account WHERE id = \(row) AND keep"
        ),
        Case(
            name: "rows moved into an archive",
            condition: "NOT keep",
            statement: """
                WITH gone AS (DELETE FROM account USING chunk WHERE account.id = chunk.id RETURNING account.*)
                INSERT INTO archive SELECT * FROM gone WHERE NOT EXISTS (SELECT FROM brake)
                """,
            release: "UPDATE account SET keep = false WHERE id = \(row)",
            rescue: "UPDATE account SET keep = true WHERE id = \(row)",
            wrong: """
                SELECT (SELECT count(*) FROM archive WHERE id = \(row))
                       + (SELECT 1 - count(*) FROM account WHERE id = \(row) AND keep)
                """
        ),
        Case(
            name: "rows filled from those of another table",
            condition: "total IS NULL",
            statement: """
                UPDATE account
                SET total = (SELECT sum(amount) FROM item WHERE item.account = account.id)
                FROM chunk
                WHERE account.id = chunk.id AND NOT EXISTS (SELECT FROM brake)
                """,
            release: "UPDATE account SET total = NULL WHERE id = \(row)",
            rescue: """
                UPDATE account SET touched = touched + 1 WHERE id = \(row);
                INSERT INTO item VALUES (\(row), 5)
                """,
            wrong: """
                SELECT count(*)
                FROM account
                WHERE total <> (SELECT sum(amount) FROM item WHERE item.account = account.id)
                """
        ),
    ]

    @Test(arguments: cases)
    func `a row that begins to fulfil where between lock and write is left alone`(testCase: Case) async throws
    {
        let database = try TestDatabase.current
        let (connection, application) = (try database.connection(), try database.connection())
        try Self.create(on: connection)
        let brake = Brake(try database.connection())
        let backfill = Backfill(
            name: "rescue",
            table: Identifier("account"),
            key: [],
            condition: SQLText(testCase.condition),
            verification: nil,
            work: .sql(SQLText(testCase.statement)),
            limits: ChunkLimits(lockTimeout: .seconds(30))
        )

        let options = try database.options
        let run = Task {
            // What is found out about the statement beforehand is over with the first chunk.
            try await Coordinator(options).run(backfill, options: .chunks(of: 100)) { event in
                if case .chunk = event { brake.pull() }
            }
        }
        try await Self.untilChunkWaits(for: brake.backendID, connection)
        try application.runScript(testCase.release)
        try application.runScript("BEGIN; \(testCase.rescue)")
        try brake.release()
        try await Self.untilChunkWaitsOrIsDone(application.backendID, connection)
        try application.runScript("COMMIT")
        let result = try await run.value

        #expect(result.run.state == .completed)
        #expect(try connection.queryOne(testCase.wrong, as: Int.self) == 0)
        #expect(result.progress.changed == 299)
    }

    private static func create(on connection: Connection) throws {
        try connection.runScript(
            """
            CREATE TABLE account (
                id bigint PRIMARY KEY, keep boolean NOT NULL, total bigint, touched integer NOT NULL DEFAULT 0
            );
            INSERT INTO account SELECT n, n = \(row), CASE WHEN n = \(row) THEN 10 END FROM generate_series(1, 300) AS n;
            CREATE TABLE archive (LIKE account);
            CREATE TABLE item (account bigint NOT NULL, amount bigint NOT NULL);
            CREATE INDEX ON item (account);
            INSERT INTO item SELECT id, 10 FROM account;
            CREATE TABLE brake ();
            ANALYZE;
            """
        )
    }

    /// Until the neighbours of the row are locked by a session that cannot write.
    private static func untilChunkWaits(for brake: Int32, _ connection: Connection) async throws {
        try await eventually("a chunk has its rows and waits for the brake") {
            let neighbours = try connection.queryOne(
                """
                SELECT count(*)
                FROM (SELECT FROM account WHERE id IN (\(row - 1), \(row + 1)) FOR UPDATE SKIP LOCKED) AS free
                """,
                as: Int.self
            )
            return try neighbours == 0 && connection.waiters(for: brake) > 0
        }
    }

    private static func untilChunkWaitsOrIsDone(_ application: Int32, _ connection: Connection) async throws {
        try await eventually("the chunk waits for the row, or is done without it") {
            let chunks = try connection.queryOne(
                "SELECT sum(chunks)::bigint FROM caisson.backfill_range",
                as: Int.self
            )
            return try connection.waiters(for: application) > 0 || chunks > 1
        }
    }
}

extension Connection {
    /// How many sessions of the run wait for a session.
    fileprivate func waiters(for pid: Int32) throws -> Int {
        try queryOne(
            """
            SELECT count(*)
            FROM pg_stat_activity
            WHERE datname = current_database() AND application_name LIKE 'caisson %'
              AND \(pid) = ANY (pg_blocking_pids(pid))
            """,
            as: Int.self
        )
    }
}

/// A lock on a table that the statement reads. Whoever executes it waits for that before taking the snapshot with which it
/// writes. The mutex serialises the users of the connection.
private final class Brake: @unchecked Sendable {
    let backendID: Int32
    private let connection: Connection
    private let isPulled = Mutex(false)

    init(_ connection: Connection) {
        self.connection = connection
        backendID = connection.backendID
    }

    /// Once.
    func pull() {
        isPulled.withLock { isPulled in
            guard !isPulled else { return }
            isPulled = true
            try? connection.runScript("BEGIN; LOCK TABLE brake IN ACCESS EXCLUSIVE MODE")
        }
    }

    func release() throws {
        try isPulled.withLock { _ in try connection.runScript("COMMIT") }
    }
}
