import ArgumentParser
import Control
import Imports
import Postgres

/// `caisson import status`
struct ImportStatusCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show which files were imported, and which are not finished. Writes nothing."
    )

    @Option(name: .long, help: ArgumentHelp("Only those into this table.", valueName: "table"))
    var into: String?

    @Flag(
        name: .long,
        help: "All of them. By default the unfinished ones and the last twenty others are shown."
    )
    var all = false

    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let table = try into.map { try Identifier(parsing: $0) }
        let found = try await ImportStanding.all(database, console).filter { standing in
            table.map { $0.names(standing.target) } ?? true
        }
        let shown = ImportStatusReport.shown(of: found, all: all)
        switch console.format {
        case .json: shown.map(ImportStatusReport.init).forEach { console.report($0) }
        case .text: console.say(text(shown, of: found, console.style))
        }
        return .done
    }

    private func text(_ shown: [ImportStanding], of found: [ImportStanding], _ style: Style) -> String {
        guard !shown.isEmpty else {
            return
                "No file was imported\(into.map { " into \($0)" } ?? " here") yet. Import one with: caisson import FILE --into TABLE"
        }
        var lines = [ImportStatusReport.table(shown, style)]
        if found.count > shown.count { lines.append("\(found.count - shown.count) earlier ones: --all") }
        if shown.contains(where: { $0.state == .running }) {
            lines.append("What is not finished goes on with the command that began it.")
        }
        return lines.joined(separator: "\n")
    }
}

extension Identifier {
    /// Whether a table of this name, with or without a schema, is called so.
    fileprivate func names(_ target: String) -> Bool {
        guard let other = try? Identifier(parsing: target) else { return false }
        return schema == nil ? other.name == name : other == self
    }
}

extension ImportStanding {
    /// What the database of some options knows.
    static func all(_ database: DatabaseOptions, _ console: Console) async throws -> [ImportStanding] {
        let session = Session(try await database.connection(console))
        let schema = ControlSchema(name: database.schema)
        do {
            let found = try await session.withConnection { try all(in: schema, on: $0) }
            await session.close()
            return found
        } catch {
            await session.close()
            throw error
        }
    }
}
