import Postgres

/// What a write does besides counting: checks that can be made once the table is known, and rows that are kept.
struct RowCollector<Row: Sendable> {
    let results: MethodChoice.Results
    /// What is still to be checked when the table is known.
    let check: (SinkWriter) throws -> Void
    /// Writes one source of rows.
    let perform: BatchSender.Perform
    /// Forgets the rows of an attempt that was rolled back.
    let beginAttempt: () -> Void
    /// The rows up to here are committed.
    let keep: () -> Void
    /// The rows of all attempts that were kept.
    let rows: () -> [Row]
}

extension RowCollector where Row == Never {
    /// Nothing is wanted but the counts.
    static var counts: RowCollector {
        RowCollector(
            results: .counts,
            check: { _ in },
            perform: { try $0.write($1, count: $2, on: $3) },
            beginAttempt: {},
            keep: {},
            rows: { [] }
        )
    }
}
