import Postgres

/// What is asked about the lock of a ledger, and about index builds.
enum LockStatements {
    /// Who holds an advisory lock. A 64-bit key is shown in two halves, with `objsubid` 1.
    static func holder(ofAdvisoryKey key: Int64) -> SQL {
        let high = Int64(UInt64(bitPattern: key) >> 32)
        let low = Int64(UInt64(bitPattern: key) & 0xFFFF_FFFF)
        return """
            SELECT activity.pid, coalesce(activity.application_name, ''), coalesce(activity.usename, '?'),
                   coalesce(activity.client_hostname, pg_catalog.host(activity.client_addr)),
                   extract(epoch FROM coalesce(activity.backend_start, pg_catalog.now()))::pg_catalog.float8,
                   coalesce(activity.state, '?'), coalesce(activity.query, '')
            FROM pg_catalog.pg_locks AS lock
            JOIN pg_catalog.pg_stat_activity AS activity USING (pid)
            WHERE lock.locktype = 'advisory' AND lock.granted AND lock.objsubid = 1
              AND lock.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
              AND lock.classid::bigint = \(high) AND lock.objid::bigint = \(low)
            """
    }

    /// How far the index build of a backend has come. What a phase counts, it counts in one of three ways.
    static func indexProgress(of pid: Int32) -> SQL {
        """
        SELECT phase,
               CASE WHEN phase LIKE 'waiting%' THEN lockers_done WHEN blocks_total > 0 THEN blocks_done ELSE tuples_done END,
               CASE WHEN phase LIKE 'waiting%' THEN lockers_total WHEN blocks_total > 0 THEN blocks_total ELSE tuples_total END
        FROM pg_catalog.pg_stat_progress_create_index
        WHERE pid = \(pid)
        """
    }
}
