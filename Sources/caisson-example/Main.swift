import Backfills
import CaissonCLI
import ExampleBackfills

/// `caisson` with a backfill in Swift compiled in, as a project builds its own. It is for the tables that the folder
/// `migrations` of this repository makes.
@main
struct Main {
    private static let backfills: [any RowBackfill] = [SplitAlternateNames()]

    static func main() async {
        await CaissonTool.run(backfills: backfills)
    }
}
