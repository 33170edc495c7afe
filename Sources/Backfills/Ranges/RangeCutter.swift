import Postgres

/// Cuts a table into ranges of about the same number of rows.
///
/// The cuts are keys that exist, found by reading a sample of the table's pages and ordering it on the server. Nothing
/// is computed from the keys: arithmetic on ids gives thousands of empty ranges where ids are sparse, and there is no
/// arithmetic on text.
struct RangeCutter {
    /// How finely to cut.
    struct Policy: Sendable, Hashable {
        /// The rows that a range should hold: at a few hundred thousand rows a second some seconds of work.
        var rowsPerRange = 250_000
        /// The fewest ranges of a table that is worth sharing, so that several workers find work.
        var minimum = 8
        /// The most ranges, so that the control table stays small.
        var maximum = 1024
        /// The size below which sharing is not worth it, in rows.
        var smallTable = 10_000
        /// The pages to sample for each range: enough that the ranges come out within a factor of about 1.5.
        var pagesPerRange = 48

        /// The number of ranges for a table of so many rows.
        func count(rows: Int) -> Int {
            rows <= smallTable ? 1 : min(maximum, max(minimum, rows / rowsPerRange))
        }
    }

    let source: SourceTable
    let policy: Policy
    let connection: Connection

    /// The last key that exists now; `nil` for an empty table.
    func upperBound() throws -> Key? {
        Key(try connection.queryOptional(RangeStatements.lastKey(source.key), as: TextArray.self))
    }

    /// The ends of the ranges in order; the last of them is the upper bound.
    func cuts(upTo bound: Key) throws -> [Key] {
        let rows = try knownRows()
        let count = policy.count(rows: rows)
        guard count > 1 else { return [bound] }
        let percent = min(100, 100 * Double(count * policy.pagesPerRange) / Double(max(1, source.pages)))
        let inner = try connection.query(
            RangeStatements.cuts(source.key, upTo: bound, count: count, percent: percent),
            as: TextArray.self
        )
        return inner.compactMap { Key($0) } + [bound]
    }

    /// The number of rows; a table without statistics is counted when that is cheap.
    func knownRows() throws -> Int {
        guard source.estimatedRows == 0, source.pages < 10_000 else { return source.estimatedRows }
        return try connection.queryOne(RangeStatements.count(source.table), as: Int.self)
    }
}
