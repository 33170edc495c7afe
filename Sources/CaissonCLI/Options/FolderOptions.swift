import ArgumentParser
import Backfills
import Foundation

/// Where the migrations are.
struct MigrationsFolder: ParsableArguments {
    @Option(
        name: .customLong("migrations"),
        help: ArgumentHelp("The folder of migrations.", valueName: "dir")
    )
    var path = "migrations"
}

/// Where the backfills are.
struct BackfillsFolder: ParsableArguments {
    @Option(
        name: .customLong("backfills"),
        help: ArgumentHelp("The folder of SQL backfills.", valueName: "dir")
    )
    var path = usual

    private static let usual = "backfills"

    /// Everything that can be run: the SQL files and what is compiled in.
    ///
    /// - Throws: `BackfillError`, also for a missing folder that was named although something is compiled in.
    func read() throws -> BackfillDirectory {
        if path != Self.usual, !FileManager.default.fileExists(atPath: path) {
            throw BackfillError.folderMissing(path)
        }
        return try BackfillDirectory(path: path, compiled: CompiledBackfills.all)
    }
}
