import Postgres

/// What has to hold before rows may be visited by the place where they lie.
///
/// Every UPDATE moves a row to another place: one that is done may come ahead of the walk, one that is not may come
/// behind it. So a row must tell by itself whether it is done. With a `where` that a done row does not fulfil, none is
/// applied twice, and the rows that slipped through are those that fulfil it still: they are counted under one snapshot
/// at the end, and as long as there are any, another pass follows.
struct PlaceWalk {
    /// The first version that reads a range of places without reading the whole table: 14.
    private static let firstVersion = 140_000

    private let backfill: Backfill
    private let table: Identifier
    private let order: WalkOrder

    init(_ backfill: Backfill, table: Identifier, order: WalkOrder) {
        self.backfill = backfill
        self.table = table
        self.order = order
    }

    /// Whether a definition has what such a walk needs.
    static func isPossible(_ backfill: Backfill) -> Bool {
        guard case .sql = backfill.work else { return false }
        return backfill.condition != nil
    }

    /// Refuses what cannot be done.
    ///
    /// - Throws: ``BackfillError/placeWalkRefused(backfill:table:what:reason:)``.
    func check(serverVersion: Int) throws(BackfillError) {
        guard serverVersion >= Self.firstVersion else {
            throw refusal(
                "the server's version is \(serverVersion / 10_000), and every chunk would read the whole "
                    + "table before version 14. Add a unique key to the table"
            )
        }
        guard case .sql = backfill.work else {
            throw refusal("a backfill in Swift tells its rows apart by a key. Add a unique one to the table")
        }
        guard backfill.condition != nil else {
            throw refusal(
                "every UPDATE moves its row, so only a condition can tell which are done. Add \"where:\" with "
                    + "a condition that a row no longer fulfils once it is done"
            )
        }
    }

    private func refusal(_ reason: String) -> BackfillError {
        .placeWalkRefused(
            backfill: backfill.name,
            table: table,
            rows: order == .heap ? "Its rows" : "Rows with NULL in the key",
            reason: reason
        )
    }
}
