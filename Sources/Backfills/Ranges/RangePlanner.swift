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

    /// Ranges that were cut, and the statements that store them.
    struct Cut {
        fileprivate(set) var ranges: [CutRange] = []
        fileprivate(set) var statements: [SQL] = []
        /// The number that the next range gets.
        fileprivate(set) var next: Int
    }

    /// The question for the last key, where that is all there is to ask of a small table.
    static func question(about source: SourceTable) -> SQL? {
        guard source.order == .key, source.parts.count == 1 else { return nil }
        return RangeStatements.lastKey(source.parts[0].key.ordered(.key))
    }

    /// Cuts the first ranges of a run: all rows that exist now, those with NULL in their key last.
    ///
    /// - Returns: the statements that store them and what is known of them: the number of rows, and the last key where there
    ///   is only one order of keys.
    /// - Parameter lastKey: the answer to ``question(about:)``.
    func plan(_ source: SourceTable, from ordinal: Int, lastKey: ResultSet?) throws -> [SQL] {
        let keys = try cut(source.parts, order: source.order, pass: 1, from: ordinal, lastKey)
        let nulls =
            source.key.nullable.isEmpty
            ? nil : try cut(source.parts, order: .nulls, pass: 1, from: keys.next)
        let rows = (keys.ranges + (nulls?.ranges ?? [])).map(\.rows).reduce(0, +)
        let bound = source.isTree || source.order.isByPlace ? nil : keys.ranges.last?.upper
        let last = store.statements.setUpperBound(bound, rows: rows, of: run)
        return keys.statements + (nulls?.statements ?? []) + [last]
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
        let ordinal = try connection.queryOne(store.statements.nextOrdinal(run: run), as: Int.self)
        let cut = try cut(parts, order: order, pass: pass, from: ordinal)
        _ = try connection.rows(ofAll: cut.statements)
        return cut.ranges
    }

    private func cut(
        _ parts: [SourceTable.Part],
        order: WalkOrder,
        pass: Int,
        from ordinal: Int,
        _ lastKey: ResultSet? = nil
    ) throws -> Cut {
        var all = Cut(next: ordinal)
        for part in parts {
            var cutter = RangeCutter(part, order: order, policy: policy, connection: connection)
            cutter.lastKey = lastKey
            let ranges = try cutter.cut()
            let about = RangePart(table: part.oid, order: order, pass: pass)
            if ranges.isEmpty, order != .nulls, part.key.tree != nil {
                all.statements.append(
                    store.statements.insertEmptyRange(run: run, ordinal: all.next, part: about)
                )
                all.next += 1
            }
            for range in ranges {
                all.statements.append(
                    store.statements.insertRange(run: run, ordinal: all.next, part: about, range)
                )
                all.next += 1
            }
            all.ranges += ranges
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
