import ArgumentParser
import Backfills
import Foundation
import Migrations

/// Where the migrations are and how they are written.
struct MigrationsFolder: ParsableArguments {
    @Option(
        name: .customLong("migrations"),
        help: ArgumentHelp("The folder of migrations.", valueName: "dir")
    )
    var path = "migrations"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How its files are written: \(names). Found out by itself.",
            valueName: "name"
        ),
        transform: layout(named:)
    )
    var layout: MigrationLayout?

    private static let names = MigrationLayout.allCases.map(\.rawValue).joined(separator: ", ")

    private static func layout(named name: String) throws -> MigrationLayout {
        guard let layout = MigrationLayout(rawValue: name.lowercased()) else {
            throw ValidationError("layout \(name): write one of \(names).")
        }
        return layout
    }

    /// The layout that was named, here or for the whole project in the environment.
    var named: MigrationLayout? {
        get throws {
            if let layout { return layout }
            let name = Self.variable
            return name.isEmpty ? nil : try Self.layout(named: name)
        }
    }

    /// The real environment comes before the file.
    private static var variable: String {
        let own = ProcessInfo.processInfo.environment["CAISSON_LAYOUT"] ?? ""
        return own.isEmpty ? DotEnvironment.ofWorkingDirectory.values["CAISSON_LAYOUT"] ?? "" : own
    }

    /// The file that `migrate dump` writes unless told otherwise: beside the folder.
    var schemaFile: String {
        let parent = NSString(string: path).deletingLastPathComponent
        return NSString(string: parent).appendingPathComponent("schema.sql")
    }

    /// Reads the folder.
    func read() throws -> MigrationDirectory {
        try MigrationDirectory(path: path, layout: named)
    }
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
    func read(
        _ compiled: [any RowBackfill] = CompiledBackfills.all
    ) throws -> BackfillDirectory {
        if path != Self.usual, !FileManager.default.fileExists(atPath: path) {
            throw BackfillError.folderMissing(path)
        }
        return try BackfillDirectory(path: path, compiled: compiled)
    }
}
