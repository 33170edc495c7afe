import Postgres

/// Looks at the plan of a chunk's statement before a size is used for the first time.
///
/// An UPDATE or DELETE of the walked table carries the interval itself. Other statements join `chunk` to the table, and
/// from some size on the planner prefers to read the whole table for it: with 1,000,000 rows, 5,000 keys came as a
/// nested loop and 50,000 as a hash join over everything, once for every chunk.
struct PlanGuard: Sendable {
    /// What the plan says.
    enum Finding: Sendable, Hashable {
        /// The chunk reads what it needs.
        case fine
        /// The whole table is read for it, by this kind of node; the plan as EXPLAIN writes it.
        case wholeTable(node: String, plan: String)
    }

    /// The size below which reading everything costs nothing worth mentioning, in rows.
    static let smallTable = 50_000

    let source: SourceTable
    let limits: ChunkLimits

    /// Has the server plan the next chunk of a range.
    func inspect(_ work: SQLWork, _ range: ClaimedRange, on connection: Connection) throws -> Finding {
        guard source.estimatedRows > max(Self.smallTable, 4 * work.limit) else { return .fine }
        return try connection.rolledBackTransaction(TransactionOptions(settings: limits.keySettings)) {
            connection in
            guard let bound = try work.bound(of: range, on: connection) else { return .fine }
            try work.key.preferIndex(for: bound.interval, on: connection)
            // The planner counts the places; for a look they need no locks.
            let places = ChunkStatements.find(work.key, bound.interval, where: work.condition)
            let statement = work.composeWrite(bound).sql
            let answers = try connection.batch([places, "EXPLAIN (FORMAT JSON, VERBOSE) " + statement])
            let json = try answers[1].first?.value(String.self, at: 0) ?? ""
            guard let scan = PlanNode.read(json)?.wholeScan(of: work.key.table) else { return .fine }
            let plan = try connection.query("EXPLAIN " + statement, as: String.self)
            return .wholeTable(node: scan.type, plan: plan.joined(separator: "\n"))
        }
    }
}
