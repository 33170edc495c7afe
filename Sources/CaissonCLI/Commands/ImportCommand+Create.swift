import Bulk
import Postgres

// Making the table that a file is imported into.

extension ImportCommand {
    private var sample: TableSample { creation.sample(maxSkipped: flags.maxSkipped) }

    /// Makes the table where it is wanted and not there.
    func makeTable(
        for load: FileImport,
        _ session: Session,
        _ console: Console
    ) async throws -> TableCreation? {
        guard creation.create else { return nil }
        let sample = sample
        let made = try await session.withConnection { try load.createTable(sample, on: $0) }
        console.report(TableCreationReport(creation: made))
        return made
    }

    /// Shows what an import would do, and the table that it would make before.
    func preview(_ load: FileImport, _ session: Session, _ console: Console) async throws {
        let (sample, creates) = (sample, creation.create)
        let (table, preview) = try await session.withConnection { connection in
            guard creates else { return (nil as TableCreation?, try load.preview(on: connection)) }
            if let found = try load.foundTable(on: connection) {
                return (.found(found), try load.preview(on: connection))
            }
            let guessed = try load.guessTable(sample, on: connection)
            return (.made(guessed), try load.preview(making: guessed, on: connection))
        }
        if let table { console.report(TableCreationReport(creation: table, isDryRun: true)) }
        ImportPreviewReport(preview).show(on: console)
    }
}
