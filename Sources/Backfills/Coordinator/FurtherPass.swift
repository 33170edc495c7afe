import Control
import Postgres

/// Adds ranges to a run whose ranges are all done, when there are rows that its walk could not meet.
///
/// - In a walk by places, rows that an UPDATE moved behind the walk. They are counted under one snapshot, in which
///   every row is in one place, so that none is missed in the end.
/// - In a walk by key, tables that were attached since. Without a condition nothing would tell their rows from those
///   that arrived later, so they are left alone then.
struct FurtherPass {
    /// The most passes of one call, for applications that go on writing rows that need work.
    static let mostPasses = 10

    private let run: Run
    private let backfill: Backfill
    private let store: RunStore
    private let connection: Connection

    init(run: Run, backfill: Backfill, store: RunStore, on connection: Connection) {
        self.run = run
        self.backfill = backfill
        self.store = store
        self.connection = connection
    }

    /// What there is to add.
    private struct Missing {
        var orders: [(WalkOrder, [SourceTable.Part])] = []
        var rows = 0
    }

    /// What became of it.
    enum Outcome: Sendable, Hashable {
        /// Every row that the run is about was met.
        case complete
        /// There is work again. No ranges, when another process added them.
        case added(pass: Int, ranges: Int)
        /// The run is not to go on now, so nothing was looked for.
        case unknown
    }

    /// Looks for such rows and adds ranges for them.
    ///
    /// - Parameter passes: the passes of this call so far.
    /// - Throws: ``BackfillError/rowsRemain(backfill:table:rows:passes:)`` when there were too many passes.
    func add(passes: Int) throws -> Outcome {
        let answers = try connection.rows(ofAll: [
            store.statements.run(run.id), store.statements.coverage(run: run.id),
            store.statements.progress(of: run.id),
        ])
        guard let found = try store.runs(in: answers[0]).first, found.state.isUnfinished,
            found.wanted == .running
        else { return .unknown }
        let (pass, tables) = try store.coverage(in: answers[1])
        guard try store.progress(in: answers[2]).isAllDone else { return .added(pass: pass, ranges: 0) }
        // Nothing tells rows that need work, and whether it still is the same table is asked when the run is settled.
        guard backfill.condition != nil else { return .complete }
        let source = try run.source(of: backfill, on: connection)
        guard source.needsFurtherPasses else { return .complete }
        let missing = try missing(source, tables)
        guard !missing.orders.isEmpty else { return .complete }
        guard passes < Self.mostPasses else {
            throw BackfillError.rowsRemain(
                backfill: backfill.name,
                table: source.table,
                rows: missing.rows,
                passes: passes
            )
        }
        return .added(pass: pass + 1, ranges: try add(missing, source, pass: pass + 1))
    }

    private func add(_ missing: Missing, _ source: SourceTable, pass: Int) throws -> Int {
        try connection.transaction { _ in
            _ = try store.lockRun(run.id)
            // Another process may have added them while this one counted.
            guard try store.progress(of: run.id).isAllDone, try store.coverage(run: run.id).pass < pass else {
                return 0
            }
            let planner = RangePlanner(run: run.id, parts: source.parts.count, store: store, on: connection)
            return try missing.orders.map { order, parts in
                try planner.add(parts, order: order, pass: pass).count
            }.reduce(0, +)
        }
    }

    private func missing(_ source: SourceTable, _ tables: Set<Int64>) throws -> Missing {
        var missing = Missing()
        // Ranges of the first version know no tables.
        let new = tables.isEmpty ? [] : source.parts.filter { !tables.contains($0.oid) }
        if source.isTree, source.order == .key, !new.isEmpty { missing.orders.append((.key, new)) }
        let order = source.order.isByPlace ? source.order : .nulls
        guard order == .heap || !source.key.nullable.isEmpty else { return missing }
        missing.rows = try remaining(source.key.ordered(order))
        if missing.rows > 0 { missing.orders.append((order, source.parts)) }
        return missing
    }

    /// The rows that need work, but for those that were skipped.
    private func remaining(_ key: KeyColumns) throws -> Int {
        let options = run.transaction(.readOnly, [.init("row_security", "off")])
        let statement = store.statements.remaining(key, where: backfill.condition, run: run.id)
        return try connection.transaction(options) { try $0.queryOne(statement, as: Int.self) }
    }
}

extension RunProgress {
    var isAllDone: Bool { rangesDone == ranges }
}

extension SourceTable {
    /// Whether a walk over the table may leave rows behind that it is about.
    var needsFurtherPasses: Bool { isTree || order.isByPlace || !key.nullable.isEmpty }
}
