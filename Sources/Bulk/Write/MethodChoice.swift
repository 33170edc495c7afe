/// What the choice of a ``WriteMethod`` depends on, and the choice: a pure value, so that it can be asked
/// beforehand.
///
/// The rules, the first that fits:
///
/// 1. A set that must come as a whole (``Sink/synchronize(_:columns:key:gone:)``, a hierarchy) is staged.
/// 2. A plain insert whose values have the columns' own types goes by COPY from ``copyThreshold`` rows on, unless
///    rows are to be returned.
/// 3. An upsert, update or delete of several chunks in one transaction is staged: the locks of each chunk are
///    taken in the order of the key, but those of several chunks are not, and two such writers could deadlock.
///    It is faster, too: a million rows (bigint, two texts), half of them conflicts, took 16.0 s staged and 20.0 s
///    by `unnest` in chunks of 20,000; as an update 10.2 s and 15.1 s (PostgreSQL 15, 2 cores).
/// 4. From ``stagedThreshold`` rows on in one chunk an upsert, update or delete is staged. In one chunk of 1,000 rows
///    that cost 16 ms instead of 13 ms, of 10,000 rows 82 ms instead of 69 ms, of 100,000 rows the same 513 ms.
/// 5. Where values are arrays themselves, what is left is staged, because the server knows no arrays of arrays.
/// 6. Everything else goes by `unnest`.
///
/// `VALUES` is never chosen by itself: its statement is another one for each number of rows.
public struct MethodChoice: Hashable, Sendable {
    /// What is known about the number of rows.
    public enum Rows: Hashable, Sendable {
        /// All rows are in the first chunk.
        case exactly(Int)
        /// There are more than the first chunk's.
        case moreThan(Int)
    }

    /// What the sink does.
    public enum Work: Hashable, Sendable {
        /// Rows are added.
        case insert
        /// Rows that are there are met: upsert, update, delete.
        case conflict
        /// The set must come as a whole.
        case wholeSet
    }

    /// Whether the values can be copied into the columns byte by byte.
    public enum Encoding: Hashable, Sendable {
        /// Every value has its column's own type.
        case columnTypes
        /// Some are cast by the server.
        case needsCasts
    }

    /// Whether rows are to be returned.
    public enum Results: Hashable, Sendable {
        /// Counts alone.
        case counts
        /// Columns of the rows.
        case rows
    }

    /// Whether values are arrays themselves.
    public enum Values: Hashable, Sendable {
        /// None is.
        case scalars
        /// Some are.
        case arrays
    }

    /// The number of rows from which COPY is taken for an insert: 3.3 ms both ways at 100 rows, 3.5 ms against
    /// 4.3 ms at 300, and fewer rows gain nothing.
    public static let copyThreshold = 100
    /// The number of rows in one chunk from which staging is taken for an upsert, update or delete.
    public static let stagedThreshold = 100_000

    /// The number of rows.
    public var rows: Rows
    /// What the sink does.
    public var work: Work
    /// How the values fit the columns.
    public var encoding: Encoding
    /// What is wanted back.
    public var results: Results
    /// What the values are.
    public var values: Values
    /// Whether chunks share a transaction.
    public var transactions: ChunkTransactions

    /// Collects what is known.
    public init(
        rows: Rows,
        work: Work,
        encoding: Encoding = .columnTypes,
        results: Results = .counts,
        values: Values = .scalars,
        transactions: ChunkTransactions = .one
    ) {
        (self.rows, self.work, self.encoding, self.results) = (rows, work, encoding, results)
        (self.values, self.transactions) = (values, transactions)
    }

    /// The method, by the rules above.
    public var method: WriteMethod {
        switch work {
        case .wholeSet: .staged
        case .insert: isCopyPossible && atLeast(Self.copyThreshold) ? .copy : inOneStatement
        case .conflict: isSeveralChunksAtOnce || atLeast(Self.stagedThreshold) ? .staged : inOneStatement
        }
    }

    /// Why a method cannot do this; `nil` when it can.
    public func obstacle(to method: WriteMethod) -> String? {
        switch method {
        case .staged: nil
        case _ where work == .wholeSet: "the rows must come as one set; use staged."
        case .copy where work != .insert: "COPY only adds rows; use staged."
        case .copy where results == .rows: "COPY returns no rows; use unnest."
        case .copy where encoding == .needsCasts:
            "COPY takes values of the columns' own types only; send those, or use unnest."
        case .unnest where values == .arrays:
            "the server knows no arrays of arrays; use staged or values."
        case .copy, .unnest, .values: nil
        }
    }

    private var inOneStatement: WriteMethod { values == .arrays ? .staged : .unnest }

    private var isCopyPossible: Bool { results == .counts && encoding == .columnTypes }

    private var isSeveralChunksAtOnce: Bool {
        if case .moreThan = rows { transactions == .one } else { false }
    }

    private func atLeast(_ threshold: Int) -> Bool {
        switch rows {
        case .exactly(let count): count >= threshold
        case .moreThan(let count): count + 1 >= threshold
        }
    }
}
