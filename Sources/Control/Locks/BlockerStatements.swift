import Postgres

/// What is asked about the locks that a backend waits for.
enum BlockerStatements {
    /// Those in the way of a backend, those in their way, and so on: a row for each, the nearest first. No rows when it
    /// waits for no lock.
    ///
    /// `pg_blocking_pids` has 0 for a prepared transaction, whose locks have no pid. Its name is found by the number of the
    /// transaction, on which it holds a lock of its own: `virtualtransaction` is the same in all its locks, and is that of
    /// the session which prepared it until the server is started again. Several may have locks on one table, and
    /// naming one that is in nobody's way could have it rolled back; so the modes have to conflict (manual, 13.3.1).
    static func blockers(of pid: Int32) -> SQL {
        """
        WITH RECURSIVE edge (waiter, blocker, distance) AS (
            SELECT \(pid)::integer, direct.pid, 1
            FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(\(pid))) AS direct (pid)
            UNION
            SELECT edge.blocker, next.pid, edge.distance + 1
            FROM edge
            CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(edge.blocker)) AS next (pid)
            WHERE edge.blocker <> 0 AND edge.distance < \(longestQueue)
        ), nearest AS (
            SELECT DISTINCT ON (blocker, CASE WHEN blocker = 0 THEN waiter END) waiter, blocker, distance
            FROM edge
            WHERE blocker <> \(pid)
            ORDER BY blocker, CASE WHEN blocker = 0 THEN waiter END, distance
        ), lock AS MATERIALIZED (
            SELECT * FROM pg_catalog.pg_locks
        ), wanted AS (
            SELECT DISTINCT ON (lock.pid) lock.*
            FROM lock
            WHERE NOT lock.granted AND lock.pid IN (SELECT waiter FROM nearest)
        ), conflict (mode, number, others) AS (
            VALUES ('AccessShareLock', 1, '{8}'::integer[]), ('RowShareLock', 2, '{7,8}'),
                   ('RowExclusiveLock', 3, '{5,6,7,8}'), ('ShareUpdateExclusiveLock', 4, '{4,5,6,7,8}'),
                   ('ShareLock', 5, '{3,4,6,7,8}'), ('ShareRowExclusiveLock', 6, '{3,4,5,6,7,8}'),
                   ('ExclusiveLock', 7, '{2,3,4,5,6,7,8}'), ('AccessExclusiveLock', 8, '{1,2,3,4,5,6,7,8}')
        ), held AS (
            SELECT wanted.pid AS waiter, lock.pid, lock.virtualtransaction,
                   pg_catalog.string_agg(lock.mode, ', ' ORDER BY lock.mode) AS modes,
                   pg_catalog.bool_or(theirs.number = ANY (ours.others)) AS conflicts
            FROM wanted
            JOIN lock ON lock.granted
                AND (lock.locktype, lock.database, lock.relation, lock.page, lock.tuple, lock.virtualxid,
                     lock.transactionid, lock.classid, lock.objid, lock.objsubid)
                    IS NOT DISTINCT FROM
                    (wanted.locktype, wanted.database, wanted.relation, wanted.page, wanted.tuple, wanted.virtualxid,
                     wanted.transactionid, wanted.classid, wanted.objid, wanted.objsubid)
            JOIN conflict AS ours ON ours.mode = wanted.mode
            JOIN conflict AS theirs ON theirs.mode = lock.mode
            GROUP BY wanted.pid, lock.pid, lock.virtualtransaction
        ), prepared AS (
            SELECT held.waiter, held.modes, xact.gid, xact.owner, xact.database, xact.prepared
            FROM held
            JOIN lock AS own ON own.pid IS NULL AND own.locktype = 'transactionid' AND own.granted
                AND own.virtualtransaction = held.virtualtransaction
            JOIN pg_catalog.pg_prepared_xacts AS xact ON xact.transaction = own.transactionid
            WHERE held.pid IS NULL AND held.conflicts
        )
        SELECT nearest.distance,
               wanted.mode || ' on ' || coalesce(
                   wanted.relation::pg_catalog.regclass::pg_catalog.text,
                   CASE WHEN wanted.locktype IN ('virtualxid', 'transactionid') THEN coalesce(
                       'a row of ' || (
                           SELECT lock.relation::pg_catalog.regclass::pg_catalog.text
                           FROM lock
                           WHERE lock.pid = wanted.pid AND lock.locktype = 'tuple' AND lock.granted
                           LIMIT 1
                       ),
                       'the end of a transaction'
                   ) END,
                   wanted.locktype
               ),
               nearest.blocker, coalesce(activity.usename::pg_catalog.text, '?'), coalesce(activity.application_name, ''),
               coalesce(activity.client_hostname, pg_catalog.host(activity.client_addr)),
               coalesce(activity.state, activity.backend_type, '?'),
               extract(epoch FROM pg_catalog.clock_timestamp() - activity.xact_start)::pg_catalog.float8,
               coalesce(prepared.modes, held.modes),
               coalesce(nullif(activity.query, '<insufficient privilege>'), ''),
               (
                   SELECT pg_catalog.count(DISTINCT behind.pid)
                   FROM lock AS behind
                   WHERE NOT behind.granted AND behind.pid <> \(pid)
                     AND \(pid) = ANY (pg_catalog.pg_blocking_pids(behind.pid))
               ),
               prepared.gid, prepared.owner::pg_catalog.text, prepared.database::pg_catalog.text,
               extract(epoch FROM pg_catalog.clock_timestamp() - prepared.prepared)::pg_catalog.float8
        FROM nearest
        JOIN wanted ON wanted.pid = nearest.waiter
        LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = nearest.blocker AND nearest.blocker <> 0
        LEFT JOIN held ON held.waiter = nearest.waiter AND held.pid = nearest.blocker
        LEFT JOIN prepared ON prepared.waiter = nearest.waiter AND nearest.blocker = 0
        ORDER BY nearest.distance, activity.xact_start NULLS LAST, nearest.blocker, prepared.prepared
        """
    }

    /// How far a queue is followed: workers that wait for each other's rows are few, and each step costs a look at all locks.
    private static let longestQueue = 5
}
