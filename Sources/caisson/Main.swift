import Backfills
import CaissonCLI
import ExampleBackfills

/// The `caisson` program. A tool with backfills of its own is the same with other types in the list.
@main
struct Main {
    private static let backfills: [any RowBackfill] = [SplitAlternateNames()]

    static func main() async {
        await CaissonTool.run(backfills: backfills)
    }
}
