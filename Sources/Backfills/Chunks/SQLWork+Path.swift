import Postgres

extension SQLWork {
    /// A bitmap scan returns rows as they lie in the table, not in the order of the key. And the planner does not know how
    /// few rows lie before the last key of the chunk, which is found by the statement itself: of a table of 100,000 rows
    /// without statistics it would read all.
    static let singleSettings = [
        TransactionOptions.Setting("enable_bitmapscan", "off"),
        TransactionOptions.Setting("enable_seqscan", "off"),
    ]

    var settings: [TransactionOptions.Setting] {
        switch path {
        case .oneStatement: Self.singleSettings
        case .twoSteps: []
        }
    }

    func run(
        _ range: ClaimedRange,
        locking: () -> Void,
        on connection: Connection
    ) throws -> (bound: ChunkBound, counts: ChunkCounts)? {
        switch path {
        case .twoSteps:
            guard let bound = try bound(of: range, on: connection) else { return nil }
            locking()
            return (bound, try write(bound, on: connection))
        case .oneStatement:
            guard try holdsPart(on: connection) else { return nil }
            locking()
            return try SingleStatement(self).run(range, on: connection)
        }
    }

    /// Locks one table of several against being detached, for as long as the transaction lasts, and says whether it still
    /// belongs to them.
    private func holdsPart(on connection: Connection) throws -> Bool {
        guard key.tree != nil else { return true }
        try connection.execute("SELECT FROM \(key.relation) LIMIT 0")
        return try key.isStillPart(on: connection)
    }
}
