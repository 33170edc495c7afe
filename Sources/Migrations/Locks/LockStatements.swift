import Postgres

/// What is asked about the lock of a ledger, and about index builds.
enum LockStatements {
    /// Who holds an advisory lock.
    static func holder(ofAdvisoryKey key: Int64) -> SQL {
        """
        SELECT activity.pid, coalesce(activity.application_name, ''), coalesce(activity.usename, '?'),
               coalesce(activity.client_hostname, pg_catalog.host(activity.client_addr)),
               extract(epoch FROM coalesce(activity.backend_start, pg_catalog.now()))::pg_catalog.float8,
               coalesce(activity.state, '?'), coalesce(activity.query, '')
        FROM pg_catalog.pg_locks AS lock
        JOIN pg_catalog.pg_stat_activity AS activity USING (pid)
        WHERE lock.locktype = 'advisory' AND lock.granted
          AND lock.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
          AND \(isKey(key))
        """
    }

    /// Whether the row `lock` of `pg_locks` is about an advisory key of 64 bits, which is shown in two halves.
    static func isKey(_ key: Int64) -> SQL {
        let high = Int64(UInt64(bitPattern: key) >> 32)
        let low = Int64(UInt64(bitPattern: key) & 0xFFFF_FFFF)
        return """
            lock.objsubid OPERATOR(pg_catalog.=) 1
              AND lock.classid::pg_catalog.int8 OPERATOR(pg_catalog.=) \(high)
              AND lock.objid::pg_catalog.int8 OPERATOR(pg_catalog.=) \(low)
            """
    }

    /// Tries to take an advisory lock so many times over, all or, when it is taken, none.
    static func tryLock(_ key: Int64, times: Int) -> SQL {
        let call: SQL = "pg_catalog.pg_try_advisory_lock(\(key))"
        return "SELECT \(repeatElement(call, count: times).joined(separator: " AND "))"
    }

    /// The same on the condition that the session is in the backend that the connection was told of; otherwise null, and
    /// nothing is taken: a lock that a pooler keeps would stay with it for ever.
    static func tryLock(_ key: Int64, times: Int, inBackend backend: Int32) -> SQL {
        let call: SQL = "pg_catalog.pg_try_advisory_lock(\(key))"
        return """
            SELECT CASE WHEN pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) \(backend)
                        THEN \(repeatElement(call, count: times).joined(separator: " AND ")) END
            """
    }

    /// Gives an advisory lock back that was taken so many times.
    static func unlock(_ key: Int64, times: Int) -> SQL {
        let call: SQL = "pg_catalog.pg_advisory_unlock(\(key))"
        return "SELECT \(repeatElement(call, count: times).joined(separator: ", "))"
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
