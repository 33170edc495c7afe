/// Narrows a failing chunk down to the row that makes it fail.
///
/// A failed chunk is tried again in halves, each in a transaction of its own: what is before the bad row commits, so a
/// chunk of n rows costs about 2·log2(n) extra transactions. Savepoints would not do: more than 64 of them in a
/// transaction slow every reader of the table down.
struct Isolation: Sendable, Hashable {
    /// What a failure tells.
    enum Finding: Sendable, Hashable {
        /// The next, smaller chunk will tell more.
        case narrowed
        /// The chunk was a single row: that is the one.
        case found
    }

    /// The number of rows behind the cursor among which the bad one is; `nil` when none is looked for.
    private var suspects: Int?

    /// How many rows the next chunk should have; `nil` when none is looked for.
    var size: Int? { suspects.map { max(1, $0 / 2) } }

    /// A chunk of so many rows failed.
    mutating func failed(_ size: Int) -> Finding {
        suspects = size > 1 ? size : nil
        return size > 1 ? .narrowed : .found
    }

    /// A chunk of so many rows was committed.
    mutating func passed(_ size: Int) {
        guard let before = suspects else { return }
        suspects = before > size ? before - size : nil
    }
}
