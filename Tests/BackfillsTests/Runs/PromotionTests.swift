import Backfills
import LocalServer
import Postgres
import Synchronization
import TestSupport
import Testing

/// The server dies for good and its standby takes over. What the standby had not received is lost, writes and progress
/// together, so the run goes on from what there is.
@Suite(.serialized) struct PromotionTests {
    private static let rows = 3000

    @Test(arguments: StandbyServer.Mode.allCases)
    func `a run goes on, exactly, on a standby that was promoted`(mode: StandbyServer.Mode) async throws {
        try await TestServer.withOwn { primary in
            let database = try await TestDatabase.create(named: "promotion", on: primary)
            try Self.create(database)
            let standby = try await StandbyServer(of: primary, mode)
            let (early, late) = (Gate("10 chunks"), Gate("30 chunks"))
            let chunks = Atomic(0)
            let link = try Self.both(primary, standby.server, database)
            let run = Task {
                try await Coordinator(link).run(Self.hits, options: .chunks(of: 20, workers: 2)) { event in
                    guard case .chunk = event else { return }
                    let count = chunks.wrappingAdd(1, ordering: .relaxed).newValue
                    if count == 10 { early.open() }
                    if count == 30 { late.open() }
                }
            }
            try await early.wait()
            // An asynchronous standby that falls behind: some chunks are lost, and the worker has heard of them.
            if mode == .asynchronous { try standby.disconnect() }
            try await late.wait()
            try await primary.stop(.immediate)
            try standby.promote()
            let result = try await run.value

            #expect(result.run.state == .completed)
            #expect(result.progress.scanned == Self.rows)
            let promoted = try Connection(link)
            #expect(try promoted.queryOne("SELECT count(*) FROM city WHERE hits <> 1", as: Int.self) == 0)
            let timeline = try promoted.queryOne(
                "SELECT timeline_id FROM pg_control_checkpoint()",
                as: Int32.self
            )
            #expect(timeline > 0)
            if mode == .asynchronous { #expect(chunks.load(ordering: .relaxed) > Self.rows / 20) }
            await standby.release()
        }
    }

    /// Both servers, of which the one that can be written to is meant.
    private static func both(
        _ primary: PrivateServer,
        _ standby: PrivateServer,
        _ database: TestDatabase
    ) throws -> ConnectionOptions {
        var options = try database.options
        options.set("host", "\(primary.configuration.folder),\(standby.configuration.folder)")
        options.set("port", "5432")
        options.set("target_session_attrs", "read-write")
        return options
    }

    private static func create(_ database: TestDatabase) throws {
        try database.connection().runScript(
            """
            CREATE TABLE city (id bigint PRIMARY KEY, hits integer NOT NULL DEFAULT 0);
            INSERT INTO city SELECT n FROM generate_series(1, \(rows)) AS n;
            ANALYZE city;
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.02); RETURN NULL; END $$;
            CREATE TRIGGER slow AFTER UPDATE ON city FOR EACH STATEMENT EXECUTE FUNCTION slow();
            """
        )
    }

    private static let hits = Cities.sql(
        "hits",
        "UPDATE city SET hits = city.hits + 1 FROM chunk WHERE city.id = chunk.id"
    )
}
