/// Narrows a failing chunk down to the row that makes it fail.
///
/// A failed chunk is tried again in halves, each in a transaction of its own: what is before the bad row commits, so a
/// chunk of n rows costs about 2·log2(n) extra transactions. Savepoints would not do: more than 64 of them in a
/// transaction slow every reader of the table down.
struct Isolation: Sendable, Hashable {
    /// The number of rows behind the cursor among which the bad one is; `nil` when none is looked for.
    private var suspects: Int?

    /// How many rows the next chunk should have; `nil` when none is looked for.
    var size: Int? { suspects.map { max(1, $0 / 2) } }

    /// Whether the next row is the one, if any is: a chunk of it alone is written so that it can be recorded.
    var isSingle: Bool { size == 1 }

    /// A chunk of so many rows failed.
    mutating func failed(_ size: Int) {
        suspects = size
    }

    /// A chunk of so many rows was committed.
    mutating func passed(_ size: Int) {
        guard let before = suspects else { return }
        suspects = before > size ? before - size : nil
    }
}
