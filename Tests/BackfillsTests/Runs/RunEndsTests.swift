import Backfills
import Postgres
import TestSupport
import Testing

/// How a run begins and ends beside others.
@Suite(.freshDatabase) struct RunEndsTests {
    @Test(arguments: ["completed", "cancelled"])
    func `a run that ended while it was being taken on is not begun again`(
        _ state: String
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 500, on: connection)
        let coordinator = Coordinator(try database.options)
        try await coordinator.runFirstChunk(of: Cities.normalize)
        let other = try database.connection()
        try other.execute("BEGIN")
        try other.execute("UPDATE caisson.backfill_run SET state = \(state), finished_at = now()")

        async let second = coordinator.run(Cities.normalize)
        try await eventually("somebody waits for the run") {
            try connection.queryOne(
                """
                SELECT count(*) > 0 FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                  AND application_name = 'caisson normalize coordinator'
                """,
                as: Bool.self
            )
        }
        try other.execute("COMMIT")

        let result = try await second
        #expect(result.work == .none)
        #expect(
            try connection.queryOne("SELECT count(*) FROM city WHERE search_name IS NOT NULL", as: Int.self)
                == 100
        )
        #expect(
            try connection.queryOne(
                "SELECT state NOT IN ('running', 'pending', 'paused') FROM caisson.backfill_run",
                as: Bool.self
            )
        )
    }

    @Test func `the verify query runs while the statistics are renewed`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        try connection.runScript(
            """
            CREATE FUNCTION missed() RETURNS bigint LANGUAGE plpgsql AS $$
            BEGIN
                FOR attempt IN 1..1000 LOOP
                    PERFORM pg_stat_clear_snapshot();
                    IF EXISTS (
                        SELECT FROM pg_stat_activity
                        WHERE datname = current_database() AND query LIKE 'ANALYZE%' AND wait_event_type = 'Lock'
                    ) THEN RETURN 0; END IF;
                    PERFORM pg_sleep(0.005);
                END LOOP;
                RETURN 1;
            END $$
            """
        )
        let other = try database.connection()
        try other.execute("BEGIN")
        // It lets everybody write, and keeps ANALYZE waiting.
        try other.execute("LOCK TABLE city IN SHARE UPDATE EXCLUSIVE MODE")
        let backfill = Cities.sql(
            "beside",
            verify: "SELECT missed()",
            "UPDATE city SET search_name = 'x' FROM chunk WHERE city.id = chunk.id"
        )

        let result = try await Coordinator(try database.options).run(backfill)

        #expect(result.run.state == .verified)
        try other.execute("ROLLBACK")
    }
}
