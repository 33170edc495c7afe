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

    /// The walk whose rows are cut.
    let key: KeyColumns
    /// Rows and pages of the table, as the statistics have them.
    let estimatedRows: Int
    let pages: Int
    let policy: Policy
    let connection: Connection
    /// The answer to the question for the last key, where it was asked together with something else.
    var lastKey: ResultSet?

    init(
        _ part: SourceTable.Part,
        order: WalkOrder,
        policy: Policy = Policy(),
        connection: Connection
    ) {
        key = part.key.ordered(order)
        (estimatedRows, pages) = (part.estimatedRows, part.pages)
        self.policy = policy
        self.connection = connection
    }

    /// The ranges of the rows that exist now, in order; none for a table without such rows.
    func cut() throws -> [CutRange] {
        switch key.order {
        case .key:
            guard let bound = try upperBound() else { return [] }
            return ranges(endingAt: try cuts(upTo: bound), rows: try knownRows())
        case .heap:
            let pages = try connection.queryOne(RangeStatements.pages(key), as: Int.self)
            guard pages > 0 else { return [] }
            return pageRanges(0...pages - 1, rows: try knownRows())
        case .nulls:
            let (rows, first, last) = try connection.queryOne(
                RangeStatements.places(key),
                as: Int.self,
                String?.self,
                String?.self
            )
            guard let first = first.flatMap({ HeapPlace(Key([$0])) }),
                let last = last.flatMap({ HeapPlace(Key([$0])) })
            else { return [] }
            return pageRanges(first.page...last.page, rows: rows)
        }
    }

    /// The last key that exists now; `nil` for an empty table.
    private func upperBound() throws -> Key? {
        let answer = try lastKey ?? connection.rows(RangeStatements.lastKey(key))
        return Key(try answer.first?.value(TextArray.self, at: 0))
    }

    /// The ends of the ranges in order; the last of them is the upper bound.
    private func cuts(upTo bound: Key) throws -> [Key] {
        let count = policy.count(rows: try knownRows())
        guard count > 1 else { return [bound] }
        let percent = min(100, 100 * Double(count * policy.pagesPerRange) / Double(max(1, pages)))
        let inner = try connection.query(
            RangeStatements.cuts(key, upTo: bound, count: count, percent: percent),
            as: TextArray.self
        )
        return inner.compactMap { Key($0) } + [bound]
    }

    /// Pages hold about the same number of rows each, and reading them is most of the work.
    private func pageRanges(_ pages: ClosedRange<Int>, rows: Int) -> [CutRange] {
        let count = min(pages.count, policy.count(rows: rows))
        let ends = (1...count).map {
            HeapPlace(endOfPage: pages.lowerBound + pages.count * $0 / count - 1).key
        }
        let before = pages.lowerBound > 0 ? HeapPlace(endOfPage: pages.lowerBound - 1).key : nil
        return ranges(behind: before, endingAt: ends, rows: rows)
    }

    private func ranges(behind first: Key? = nil, endingAt ends: [Key], rows: Int) -> [CutRange] {
        zip([first] + ends, ends).map { CutRange(lower: $0, upper: $1, rows: rows / ends.count) }
    }

    /// The number of rows; a table without statistics is counted when that is cheap.
    func knownRows() throws -> Int {
        guard estimatedRows == 0, pages < 10_000 else { return estimatedRows }
        return try connection.queryOne(RangeStatements.count(key), as: Int.self)
    }
}

/// A range before it is stored.
struct CutRange: Sendable, Hashable {
    /// The key behind which it begins; `nil` for the first of a table.
    let lower: Key?
    /// Its last key.
    let upper: Key
    /// The rows that are thought to be in it.
    let rows: Int
}
