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
            guard let (range, rows) = try store.largestHeld(run: run, atLeast: Self.worthwhile) else {
                return false
            }
            let found = try connection.queryOptional(
                RangeStatements.key(after: range.rest, skipping: rows / 2, source.key),
                as: TextArray.self
            )
            guard let middle = Key(found) else { return false }
            let ordinal = try connection.queryOne(store.statements.nextOrdinal(run: run), as: Int.self)
            try connection.execute(store.statements.shorten(range, to: middle, rows: rows / 2))
            try connection.execute(
                store.statements.insertRange(
                    run: run,
                    ordinal: ordinal,
                    lower: middle,
                    upper: range.upper,
                    rows: rows - rows / 2
                )
            )
            return true
        }
    }
}
