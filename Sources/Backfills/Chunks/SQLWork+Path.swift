import Postgres

extension SQLWork {
    /// A bitmap scan returns rows as they lie in the table, not in the order of the key, and of a table without statistics the
    /// planner would rather read all.
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
        guard let bound = try bound(of: range, on: connection) else { return nil }
        locking()
        switch path {
        case .twoSteps: return (bound, try write(bound, on: connection))
        case .oneStatement: return (bound, try SingleStatement(self).write(bound, on: connection))
        }
    }
}
