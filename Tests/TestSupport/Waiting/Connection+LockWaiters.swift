public import Postgres

extension Connection {
    /// How many sessions of this database wait for a lock right now.
    ///
    /// - Parameter pattern: what their statements are like, for LIKE.
    public func lockWaiters(running pattern: String = "%") throws -> Int {
        try queryOne(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE \(pattern)
            """,
            as: Int.self
        )
    }
}
