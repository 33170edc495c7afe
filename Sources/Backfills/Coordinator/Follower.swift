import Control
import Postgres

/// Chases the rows that arrive behind the bound that was frozen when the run began, until it is told to stop.
///
/// A new bound is the last key there is. A transaction that began before may still commit a row in front of it: keys are
/// drawn before they are committed. So a bound is moved only when every transaction that was writing to the table when
/// that last key was seen has ended. The last range grows then, so that the control table does not.
final class Follower: Sendable {
    /// How often is looked for new rows, in seconds.
    static let interval = 1.0

    private let run: Run
    private let backfill: Backfill
    private let schema: ControlSchema
    private let candidates = Candidates()

    init(run: Run, backfill: Backfill, schema: ControlSchema) {
        (self.run, self.backfill, self.schema) = (run, backfill, schema)
    }

    /// What a look comes to.
    enum Finding: Sendable, Hashable {
        /// So many rows arrived and are in ranges now.
        case extended(rows: Int)
        /// No row arrived that can be walked yet; so many are waiting for transactions to end.
        case upToDate(waiting: Int)
        /// The run is not to go on.
        case unwanted
    }

    /// Refuses walks in which nothing tells new rows from old ones.
    static func check(_ backfill: Backfill, _ source: SourceTable) throws {
        guard !source.order.isByPlace else {
            throw BackfillError.cannotFollow(backfill: backfill.name, table: source.table)
        }
    }

    /// Looks for rows behind the bounds, and makes work of those that are there for good.
    func look(on connection: Connection) throws -> Finding {
        let store = RunStore(schema: schema, on: connection)
        guard let found = try store.run(run.id), found.state.isUnfinished, found.wanted == .running else {
            return .unwanted
        }
        let source = try run.source(of: backfill, on: connection)
        var (rows, waiting) = (0, 0)
        for part in source.parts {
            switch try look(at: part, of: source, store, on: connection) {
            case .extended(let count): rows += count
            case .upToDate(let count): waiting += count
            case .unwanted: return .unwanted
            }
        }
        return rows > 0 ? .extended(rows: rows) : .upToDate(waiting: waiting)
    }

    private func look(
        at part: SourceTable.Part,
        of source: SourceTable,
        _ store: RunStore,
        on connection: Connection
    ) throws -> Finding {
        let top = try store.topRange(run: run.id, table: part.oid)
        // The order matters: who writes in front of the last key is seen after it.
        let last = try connection.queryOptional(
            RangeStatements.lastKey(part.key, after: top?.upper),
            as: TextArray.self
        )
        guard let last = Key(last) else { return .upToDate(waiting: 0) }
        let writers: [String] = try connection.query(RangeStatements.writers(of: part.oid), as: String.self)
        let settled = candidates.settle(part.oid, behind: top?.upper, last: last, writers: Set(writers))
        guard let bound = settled else {
            let interval = KeyInterval(after: top?.upper, through: last)
            return .upToDate(
                waiting: try connection.queryOne(RangeStatements.count(part.key, in: interval), as: Int.self)
            )
        }
        let interval = KeyInterval(after: top?.upper, through: bound)
        let rows = try connection.queryOne(RangeStatements.count(part.key, in: interval), as: Int.self)
        let isOnlyPart = !source.isTree
        return try connection.transaction { _ in
            guard let locked = try store.lockRun(run.id), locked.state.isUnfinished, locked.wanted == .running
            else { return .unwanted }
            if let top {
                try store.extend(top, to: bound, rows: rows)
            } else {
                let planner = RangePlanner(run: run.id, parts: 1, store: store, on: connection)
                try planner.add(CutRange(lower: nil, upper: bound, rows: rows), to: part)
            }
            if isOnlyPart { try store.setUpperBound(bound, of: run.id) }
            return .extended(rows: rows)
        }
    }
}
