/// Rows that are sent and not kept: only what they come to is known.
struct StreamedRows {
    /// How many there are.
    var count = 0
    /// How many were read before them that are not stored yet.
    var before = 0
    /// The place behind the last one.
    var end = RecordPosition()
    /// Whether the file ends there.
    var isLast = false
}
