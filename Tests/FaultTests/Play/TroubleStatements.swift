import Postgres

/// What is said to the server to make trouble.
enum TroubleStatements {
    static let terminate: SQL = """
        SELECT pg_terminate_backend(pid)
        FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'caisson %' AND random() < 0.7
        """

    static let cancel: SQL = """
        SELECT pg_cancel_backend(pid)
        FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'caisson %' AND random() < 0.5
        """

    static func want(_ wanted: String) -> SQL {
        "UPDATE caisson.backfill_run SET wanted = \(wanted) WHERE finished_at IS NULL"
    }

    static func expireLeases(of owner: String) -> SQL {
        """
        UPDATE caisson.backfill_range
        SET lease_until = clock_timestamp() - interval '1 second'
        WHERE state = 'running' AND owner LIKE \(owner)
        """
    }

    static func held(by owner: String) -> SQL {
        "SELECT count(*) FROM caisson.backfill_range WHERE state = 'running' AND owner LIKE \(owner)"
    }

    static let unfinished: SQL = "SELECT count(*) FROM caisson.backfill_run WHERE finished_at IS NULL"

    /// The workers that wait for this session.
    static let waiting: SQL = """
        SELECT count(*)
        FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'caisson %'
          AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
        """
}
