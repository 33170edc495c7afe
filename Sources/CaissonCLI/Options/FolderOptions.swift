import ArgumentParser
import Backfills

/// Where the migrations are.
struct MigrationsFolder: ParsableArguments {
    @Option(name: .customLong("migrations"), help: ArgumentHelp("The folder of migrations.", valueName: "dir"))
    var path = "migrations"
}

/// Where the backfills are.
struct BackfillsFolder: ParsableArguments {
    @Option(name: .customLong("backfills"), help: ArgumentHelp("The folder of SQL backfills.", valueName: "dir"))
    var path = "backfills"

    /// Everything that can be run: the SQL files and what is compiled in.
    func read() throws -> BackfillDirectory {
        try BackfillDirectory(path: path, compiled: CompiledBackfills.all)
    }
}
