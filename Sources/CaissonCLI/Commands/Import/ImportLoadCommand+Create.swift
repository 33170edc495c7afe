import Bulk
import Imports
import Postgres

// Making the table that a file is imported into.

extension ImportLoadCommand {
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
        let table = try await tableToMake(for: load, session)
        // First, because one of the rows that are shown may not fit a type of it.
        if let table { console.report(TableCreationReport(creation: table, isDryRun: true)) }
        if case .made = table {} else { try await checkReplaceable(load, session) }
        let preview = try await session.withConnection { connection in
            guard case .made(let guessed) = table else { return try load.preview(on: connection) }
            return try load.preview(making: guessed, on: connection)
        }
        ImportPreviewReport(preview).show(on: console)
    }

    private func checkReplaceable(_ load: FileImport, _ session: Session) async throws {
        guard flags.replace else { return }
        let replacing = ReplacingImport(resumable(load))
        try await session.withConnection { try replacing.check(on: $0) }
    }

    private func tableToMake(for load: FileImport, _ session: Session) async throws -> TableCreation? {
        guard creation.create else { return nil }
        let sample = sample
        return try await session.withConnection { connection in
            if let found = try load.foundTable(on: connection) { return .found(found) }
            return .made(try load.guessTable(sample, on: connection))
        }
    }
}
