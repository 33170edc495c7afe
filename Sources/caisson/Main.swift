import CaissonCLI

/// The `caisson` program, with no backfills of its own: those of a project are SQL files, or compiled into a tool like
/// `caisson-example`.
@main
struct Main {
    static func main() async {
        await CaissonTool.run()
    }
}
