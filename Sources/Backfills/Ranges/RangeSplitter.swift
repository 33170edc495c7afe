import Control
import Postgres

/// Gives a worker that finds no free range half of what another one still has before it.
struct RangeSplitter: Sendable {
    /// The rows that must be left for a split to be worth a chunk of the owner's work: some tenths of a second.
    static let worthwhile = 20_000

    let schema: ControlSchema
    let source: SourceTable
    let run: Int64

    /// Splits the largest range that is at least worthwhile; whether there was one.
    ///
    /// The new bound lies ahead of the owner by half of the rows it is thought to have left. Where the owner has passed
    /// it meanwhile, its uncommitted chunk is rolled back by the changed epoch, so no key is in both halves.
    func split(on connection: Connection) throws -> Bool {
        try connection.transaction { connection in
            let store = RunStore(schema: schema, on: connection)
            // Two workers that split at the same moment would give their new ranges the same place.
            _ = try store.lockRun(run)
            guard let (range, rows) = try store.largestHeld(run: run, atLeast: Self.worthwhile) else {
                return false
            }
            guard let middle = try middle(of: range, rows: rows, on: connection) else { return false }
            let ordinal = try connection.queryOne(store.statements.nextOrdinal(run: run), as: Int.self)
            try connection.execute(store.statements.shorten(range, to: middle, rows: rows / 2))
            try connection.execute(
                store.statements.insertRange(
                    run: run,
                    ordinal: ordinal,
                    part: range.part,
                    CutRange(lower: middle, upper: range.upper, rows: rows - rows / 2)
                )
            )
            return true
        }
    }

    private func middle(of range: ClaimedRange, rows: Int, on connection: Connection) throws -> Key? {
        guard let key = source.walk(of: range.part) else { return nil }
        guard key.order.isByPlace else {
            let statement = RangeStatements.key(after: range.rest, skipping: rows / 2, key)
            return Key(try connection.queryOptional(statement, as: TextArray.self))
        }
        guard let upper = HeapPlace(range.upper) else { return nil }
        let first = range.cursor.flatMap { HeapPlace($0)?.nextPage } ?? 0
        guard upper.page - first > 1 else { return nil }
        return HeapPlace(endOfPage: first + (upper.page - first) / 2).key
    }
}
