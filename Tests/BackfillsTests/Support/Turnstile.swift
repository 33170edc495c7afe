import Postgres
import TestSupport

/// Makes writers of `city_name` wait while a test holds it closed.
enum Turnstile {
    static func build(on connection: Connection) throws {
        try connection.runScript(
            """
            CREATE FUNCTION turnstile() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END $$;
            CREATE TRIGGER turnstile AFTER INSERT ON city_name FOR EACH STATEMENT EXECUTE FUNCTION turnstile();
            """
        )
    }

    static func close(on connection: Connection) throws {
        try connection.runScript("SELECT pg_advisory_lock(4711)")
    }

    static func open(on connection: Connection) throws {
        try connection.runScript("SELECT pg_advisory_unlock(4711)")
    }

    static func untilSomebodyWaits(_ connection: Connection) async throws {
        try await eventually("a writer waits") {
            try connection.queryOne(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event = 'advisory'
                """,
                as: Int.self
            ) > 0
        }
    }
}
