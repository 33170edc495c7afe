import Bulk
import Postgres

/// What a chunk would have written, from running it in a transaction that is rolled back.
struct Rehearsal: Sendable {
    /// What it did.
    let counts: ChunkCounts
    /// The table that it wrote to.
    let target: Identifier
    /// The rows that changed.
    let changes: [RowChange]
}
