import Postgres

/// What is asked about locks and those who hold them.
enum LockStatements {
    /// Who holds an advisory lock. A 64-bit key is shown in two halves, with `objsubid` 1.
    static func holder(ofAdvisoryKey key: Int64) -> SQL {
        let high = Int64(UInt64(bitPattern: key) >> 32)
        let low = Int64(UInt64(bitPattern: key) & 0xFFFF_FFFF)
        return """
            SELECT activity.pid, coalesce(activity.application_name, ''), coalesce(activity.usename, '?'),
                   coalesce(activity.client_hostname, host(activity.client_addr)),
                   extract(epoch FROM coalesce(activity.backend_start, now()))::float8,
                   coalesce(activity.state, '?'), coalesce(activity.query, '')
            FROM pg_locks AS lock
            JOIN pg_stat_activity AS activity USING (pid)
            WHERE lock.locktype = 'advisory' AND lock.granted AND lock.objsubid = 1
              AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND lock.classid::bigint = \(high) AND lock.objid::bigint = \(low)
            """
    }

    /// The lock that a backend waits for, and a row for each session in its way.
    static func blockers(of pid: Int32) -> SQL {
        """
        SELECT wanted.mode || ' on ' || coalesce(wanted.relation::regclass::text, CASE wanted.locktype
                   WHEN 'virtualxid' THEN 'the end of a transaction'
                   WHEN 'transactionid' THEN 'the end of a transaction'
                   ELSE wanted.locktype END),
               blocking.pid, coalesce(activity.usename, '?'), coalesce(activity.application_name, ''),
               coalesce(activity.client_hostname, host(activity.client_addr)),
               coalesce(activity.state, activity.backend_type, '?'),
               extract(epoch FROM clock_timestamp() - activity.xact_start)::float8,
               (SELECT string_agg(held.mode, ', ') FROM pg_locks AS held
                WHERE held.pid = blocking.pid AND held.granted AND held.locktype = wanted.locktype
                  AND (held.database, held.relation, held.virtualxid, held.transactionid, held.classid, held.objid)
                      IS NOT DISTINCT FROM
                      (wanted.database, wanted.relation, wanted.virtualxid, wanted.transactionid, wanted.classid,
                       wanted.objid)),
               coalesce(activity.query, ''),
               (SELECT count(DISTINCT behind.pid) FROM pg_locks AS behind
                WHERE NOT behind.granted AND behind.pid <> \(pid) AND \(pid) = ANY (pg_blocking_pids(behind.pid)))
        FROM (SELECT * FROM pg_locks WHERE pid = \(pid) AND NOT granted LIMIT 1) AS wanted
        CROSS JOIN (SELECT DISTINCT unnest(pg_blocking_pids(\(pid))) AS pid) AS blocking
        LEFT JOIN pg_stat_activity AS activity ON activity.pid = blocking.pid AND blocking.pid <> 0
        ORDER BY activity.xact_start NULLS LAST, blocking.pid
        """
    }

    /// How far the index build of a backend has come. What a phase counts, it counts in one of three ways.
    static func indexProgress(of pid: Int32) -> SQL {
        """
        SELECT phase,
               CASE WHEN phase LIKE 'waiting%' THEN lockers_done WHEN blocks_total > 0 THEN blocks_done ELSE tuples_done END,
               CASE WHEN phase LIKE 'waiting%' THEN lockers_total WHEN blocks_total > 0 THEN blocks_total ELSE tuples_total END
        FROM pg_stat_progress_create_index
        WHERE pid = \(pid)
        """
    }
}
