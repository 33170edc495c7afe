public import Backfills

/// The whole command line, for a tool that has row backfills compiled in.
///
/// ```swift
/// @main
/// struct Main {
///     static func main() async {
///         await CaissonTool.run(backfills: [SplitAlternateNames()])
///     }
/// }
/// ```
public enum CaissonTool {
    /// Runs the command that the arguments of the process name, and exits with its code.
    ///
    /// - Parameter backfills: the compiled backfills; those in SQL files are found at run time.
    public static func run(backfills: [any RowBackfill] = []) async -> Never {
        StandardStreams.prepare()
        let arguments = Array(CommandLine.arguments.dropFirst())
        let outcome = await CompiledBackfills.$all.withValue(backfills) {
            await Invocation(arguments: arguments).run()
        }
        StandardStreams.leave(with: outcome)
    }
}

/// The row backfills of the running tool, handed down to the commands.
enum CompiledBackfills {
    @TaskLocal static var all: [any RowBackfill] = []
}
