import Backfills
import Postgres
import Synchronization
import TestSupport
import Testing

/// Services set time limits for sessions at the role or the database. A session of the run that ends by one is a lost
/// connection: the run goes on, nothing says that it was paused, and no wish is left behind.
@Suite(.freshDatabase) struct SessionTimeoutTests {
    /// Chunks that take long enough for the sessions that do nothing meanwhile, and a verification that does so too.
    private static let unhurried = Cities.sql(
        "unhurried",
        where: "search_name IS NULL",
        verify: "SELECT count(*) FROM city, pg_sleep(0.6) WHERE search_name IS NULL",
        """
        UPDATE city SET search_name = lower(city.name)
        FROM chunk, LATERAL (SELECT pg_sleep(0.005 + 0 * chunk.id)) AS pause
        WHERE city.id = chunk.id
        """
    )

    @Test(arguments: [
        "idle_session_timeout = '300ms'", "idle_in_transaction_session_timeout = '100ms'",
        "statement_timeout = '250ms'", "lock_timeout = '1ms'", "tcp_user_timeout = '300ms'",
        "idle_session_timeout = '100ms'; idle_in_transaction_session_timeout = '100ms'",
        "statement_timeout = '250ms'; jit = on; jit_above_cost = 100; jit_inline_above_cost = 0; jit_optimize_above_cost = 0",
    ])
    func `a time limit of the role does not end the run`(setting: String) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 400, on: connection)
        try Self.set(setting, on: connection)
        let paused = Atomic(0)

        let result = try await Coordinator(database.options).run(
            Self.unhurried,
            options: .chunks(of: 10, workers: 2),
            report: { if case .paused = $0 { paused.wrappingAdd(1, ordering: .relaxed) } }
        )

        #expect(result.run.state == .verified)
        #expect(result.progress.changed == 400)
        #expect(paused.load(ordering: .relaxed) == 0)
        try Self.expectNoWish(database)
    }

    @Test func `a row backfill survives the same`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 3000, on: connection)
        try connection.runScript(
            """
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END $$;
            CREATE TRIGGER slow AFTER INSERT ON city_name FOR EACH STATEMENT EXECUTE FUNCTION slow();
            """
        )
        try Self.set(
            "idle_session_timeout = '150ms'; idle_in_transaction_session_timeout = '60ms'",
            on: connection
        )

        let result = try await Coordinator(database.options)
            .run(SplitNames().definition(), options: .chunks(of: 200, workers: 2))

        #expect(result.run.state == .verified)
        #expect(result.progress.changed == 9000)
        try Self.expectNoWish(database)
    }

    /// Somebody tidies up sessions that do nothing; nothing is meant for the run.
    @Test func `sessions that are ended while they do nothing do not pause the run`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 400, on: connection)
        let ended = Gate("idle sessions were ended")
        let chunks = Atomic(0)
        let tidier = try database.session()

        let result = try await Coordinator(database.options).run(
            Self.unhurried,
            options: .chunks(of: 10),
            report: { event in
                guard case .chunk = event, chunks.wrappingAdd(1, ordering: .relaxed).newValue == 10 else {
                    return
                }
                Task {
                    let count = try await tidier.withConnection {
                        try $0.execute(
                            """
                            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                            WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'
                              AND query_start < clock_timestamp() - interval '300 milliseconds'
                            """
                        )
                    }
                    if count > 0 { ended.open() }
                }
            }
        )

        try await ended.wait(within: .seconds(5))
        #expect(result.run.state == .verified)
        #expect(result.progress.changed == 400)
        try Self.expectNoWish(database)
    }

    /// For sessions that begin from now on, in this database alone.
    private static func set(_ settings: String, on connection: Connection) throws {
        for setting in settings.split(separator: "; ") {
            try connection.runScript(
                "DO $$ BEGIN EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET ', current_database()) || $s$\(setting)$s$; END $$"
            )
        }
    }

    private static func expectNoWish(_ database: TestDatabase) throws {
        let wish = try database.connection()
            .queryOne("SELECT wanted FROM caisson.backfill_run", as: String.self)
        #expect(wish == "running")
    }
}
