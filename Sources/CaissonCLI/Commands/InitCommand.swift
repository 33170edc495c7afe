import ArgumentParser
import Foundation

/// `caisson init`
struct InitCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the folders for migrations and backfills.",
        discussion: "What exists already is left as it is."
    )

    @Argument(help: ArgumentHelp("The project's folder.", valueName: "dir"))
    var folder = "."

    @OptionGroup(title: "Folder options") var migrations: MigrationsFolder
    @OptionGroup(title: "Folder options") var backfills: BackfillsFolder
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        for path in [migrations.path, backfills.path] {
            let path = path.hasPrefix("/") || folder == "." ? path : "\(folder)/\(path)"
            let exists = FileManager.default.fileExists(atPath: path)
            try make(path)
            console.report(FolderReport(path: path, isNew: !exists))
        }
        console.say(Self.nextSteps)
        return .done
    }

    private func make(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw FolderNotMade(path: path, reason: error.localizedDescription)
        }
    }

    private static let nextSteps = """

        Next:
          caisson migrate new create_city      writes an empty migration for you to fill in
          caisson migrate up --local           applies it on a private PostgreSQL of this folder
          caisson backfill new city_names      writes a backfill for you to fill in
        Use a database of your own with --database URL, or with DATABASE_URL in the environment or in a .env file.
        """
}

/// A folder could not be made.
struct FolderNotMade: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String {
        "The folder \(path) could not be made: \(reason)\nSee what is in its place: ls -ld '\(path)'; then: caisson init"
    }
}
