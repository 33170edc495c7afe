import Backfills
import Postgres

/// A backfill that can be run.
struct BackfillReport: Report {
    let backfill: Backfill

    var json: JSON {
        .object([
            "event": "backfill",
            "name": backfill.name,
            "kind": backfill.kind,
            "table": backfill.table.description,
            "key": backfill.key,
            "verifies": backfill.verification != nil,
        ])
    }

    func text(_ style: Style) -> String? { backfill.name }

    /// All of them for people.
    static func table(_ backfills: [Backfill], in folder: String, _ style: Style) -> String {
        guard !backfills.isEmpty else {
            return "There is no backfill in \(folder). Write one: caisson backfill new NAME"
        }
        var table = TextTable(("NAME", .left), ("KIND", .left), ("TABLE", .left), ("VERIFIES", .left))
        for backfill in backfills {
            table.add(
                backfill.name,
                backfill.kind,
                backfill.table.description,
                backfill.verification == nil ? "no" : "yes"
            )
        }
        return table.text(style)
    }
}
