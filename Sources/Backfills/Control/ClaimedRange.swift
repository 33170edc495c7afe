import Postgres

/// A range that a worker owns, as of one epoch.
///
/// The epoch counts the owners. Every chunk ends by updating the range `WHERE epoch = …` inside its own transaction,
/// so a worker that was stopped, lost its lease and woke up again changes no row and rolls its data back: the fence
/// stands in the database, and no clock of any client matters.
package struct ClaimedRange: Sendable, Hashable {
    /// The range's number in `backfill_range`.
    package let id: Int64
    /// Its place among the ranges of the run.
    package let ordinal: Int
    /// What its bounds are about; `nil` in runs that an older version began.
    package let part: RangePart?
    /// The last key that is done; `nil` when the range begins at the table's first key and nothing is done.
    package let cursor: Key?
    /// Whether chunks of it are done.
    package let hasBegun: Bool
    /// The last key of the range.
    package let upper: Key
    /// The number of the ownership.
    package let epoch: Int64
    /// Who owns it; empty where it was only looked at.
    package let owner: String

    /// Puts a range together.
    package init(
        id: Int64,
        ordinal: Int,
        part: RangePart? = nil,
        cursor: Key?,
        hasBegun: Bool = false,
        upper: Key,
        epoch: Int64,
        owner: String = ""
    ) {
        self.id = id
        self.ordinal = ordinal
        self.part = part
        self.cursor = cursor
        self.hasBegun = hasBegun
        self.upper = upper
        self.epoch = epoch
        self.owner = owner
    }

    /// The same ownership after a chunk.
    package func advanced(to cursor: Key) -> ClaimedRange {
        ClaimedRange(
            id: id,
            ordinal: ordinal,
            part: part,
            cursor: cursor,
            hasBegun: true,
            upper: upper,
            epoch: epoch,
            owner: owner
        )
    }

    /// What is left of the range.
    package var rest: KeyInterval { KeyInterval(after: cursor, through: upper) }
}

/// What a chunk did.
package struct ChunkCounts: Sendable, Hashable {
    /// Keys passed.
    package var scanned = 0
    /// Rows that fulfilled the condition and were locked.
    package var matched = 0
    /// Rows written.
    package var changed = 0
    /// Rows that had to be read again.
    package var moved = 0
    /// Rows recorded as skipped.
    package var skipped = 0
}

/// Where a chunk ends.
package enum ChunkEnd: Sendable, Hashable {
    /// More keys of the range follow.
    case inside
    /// It was the range's last.
    case rangeDone
}
