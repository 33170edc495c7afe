import Control
import Postgres

/// Cuts the tables of a run into ranges and stores them.
struct RangePlanner {
    private let run: Int64
    private let store: RunStore
    private let connection: Connection
    private let policy: RangeCutter.Policy

    init(run: Int64, parts: Int, store: RunStore, on connection: Connection) {
        self.run = run
        self.store = store
        self.connection = connection
        policy = RangeCutter.Policy(sharedBy: parts)
    }

    /// Stores the first ranges of a run: all rows that exist now, those with NULL in their key last.
    ///
    /// - Returns: the rows that are known of, and the last key where there is only one order of keys.
    func plan(_ source: SourceTable) throws -> (bound: Key?, rows: Int) {
        let ranges = try add(source.parts, order: source.order, pass: 1)
        let nulls = source.key.nullable.isEmpty ? [] : try add(source.parts, order: .nulls, pass: 1)
        let rows = (ranges + nulls).map(\.rows).reduce(0, +)
        return (source.isTree || source.order.isByPlace ? nil : ranges.last?.upper, rows)
    }

    /// Stores one range more over a table that had no rows.
    func add(_ range: CutRange, to part: SourceTable.Part) throws {
        let ordinal = try connection.queryOne(store.statements.nextOrdinal(run: run), as: Int.self)
        let about = RangePart(table: part.oid, order: .key, pass: 1)
        try connection.execute(store.statements.insertRange(run: run, ordinal: ordinal, part: about, range))
    }

    /// Stores ranges over the rows that these tables have now.
    @discardableResult
    func add(_ parts: [SourceTable.Part], order: WalkOrder, pass: Int) throws -> [CutRange] {
        var ordinal = try connection.queryOne(store.statements.nextOrdinal(run: run), as: Int.self)
        var all: [CutRange] = []
        for part in parts {
            let cutter = RangeCutter(part, order: order, policy: policy, connection: connection)
            let ranges = try cutter.cut()
            let about = RangePart(table: part.oid, order: order, pass: pass)
            if ranges.isEmpty, order != .nulls, part.key.tree != nil {
                try connection.execute(
                    store.statements.insertEmptyRange(run: run, ordinal: ordinal, part: about)
                )
                ordinal += 1
            }
            for range in ranges {
                try connection.execute(
                    store.statements.insertRange(run: run, ordinal: ordinal, part: about, range)
                )
                ordinal += 1
            }
            all += ranges
        }
        return all
    }
}

extension RangeCutter.Policy {
    /// The policy for one of so many tables: together they should not have more ranges than one of their size.
    init(sharedBy parts: Int) {
        self.init()
        minimum = max(1, minimum / max(1, parts))
        maximum = max(8, maximum / max(1, parts))
    }
}
