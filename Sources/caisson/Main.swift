import Backfills
import CaissonCLI

/// The `caisson` program. A tool with backfills of its own is the same with other types in the list.
@main
struct Main {
    private static let backfills: [any RowBackfill] = []

    static func main() async {
        await CaissonTool.run(backfills: backfills)
    }
}
