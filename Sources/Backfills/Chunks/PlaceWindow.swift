import Postgres

/// Finds the next rows of a walk by places.
///
/// Rows are looked for on the next pages only, and on more of them where those hold too few: ordering all that is left
/// would cost more with every row that is left.
struct PlaceWindow {
    /// The most pages that are looked at for one chunk: 128 MiB.
    private static let mostPages = 16_384

    let key: KeyColumns
    let rowsPerPage: Int
    let limit: Int

    /// The bound of the next chunk; `nil` when the range has no pages left.
    func bound(of range: ClaimedRange, on connection: Connection) throws -> ChunkBound? {
        guard let upper = HeapPlace(range.upper) else { return nil }
        let first = range.cursor.flatMap { HeapPlace($0)?.nextPage } ?? 0
        guard first <= upper.page else { return nil }
        var pages = (limit + rowsPerPage - 1) / rowsPerPage
        while true {
            let last = first + pages - 1
            let end = last >= upper.page ? range.upper : HeapPlace(endOfPage: last).key
            let window = KeyInterval(after: range.cursor, through: end)
            let (rows, place) = try connection.queryOne(
                ChunkStatements.boundByPlace(key, window, limit: limit),
                as: Int.self,
                String?.self
            )
            if rows == limit, let place {
                let interval = KeyInterval(after: range.cursor, through: Key([place]))
                return ChunkBound(interval: interval, scanned: rows, end: .inside)
            }
            if end == range.upper { return ChunkBound(interval: window, scanned: rows, end: .rangeDone) }
            if 2 * rows >= limit || pages >= Self.mostPages {
                return ChunkBound(interval: window, scanned: rows, end: .inside)
            }
            pages *= 2
        }
    }
}
