import Postgres

// Where in the file the server has found something that it tells without a line.

extension FileImport {
    /// Imports the file in parts that are kept in memory, by one transaction, without a record of it.
    func runInChunks(
        committing commits: ChunkedImport.Settings.Commits,
        _ options: TransactionOptions,
        leavingOut most: Int = 0,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) throws -> ImportResult {
        var settings = ChunkedImport.Settings()
        (settings.commits, settings.options, settings.maxSkipped) = (commits, options, most)
        return try ChunkedImport.run(
            self,
            from: ChunkedImport.Start(),
            settings,
            ledger: UnrecordedImport(),
            on: connection,
            onEvent: onEvent
        )
    }

    /// The error with the line, which takes a second reading of the file. Nothing of that is stored.
    ///
    /// Not for a table with a foreign key to itself: its rows can only be checked together.
    func located(
        _ error: any Error,
        _ table: TargetTable,
        _ options: TransactionOptions,
        on connection: Connection
    ) -> any Error {
        guard let refusal = Self.refusalWithoutPlace(error) else { return error }
        let unplaced = ImportError.refused(source, refusal, nil)
        guard refusal.isAboutRow, !table.isSelfReferencing else { return unplaced }
        do {
            _ = try runInChunks(committing: .never, options, on: connection) { _ in }
            return unplaced
        } catch let found as ImportError {
            guard case .refused = found else { return unplaced }
            return found
        } catch {
            return unplaced
        }
    }

    private static func refusalWithoutPlace(_ error: any Error) -> ServerError? {
        switch error {
        case ImportError.refused(_, let refusal, nil): refusal
        // It came at COMMIT.
        case PostgresError.server(let refusal) where refusal.isAboutRow: refusal
        default: nil
        }
    }
}

/// The ledger of an import that keeps no record: all of it is one transaction.
final class UnrecordedImport: ImportLedger {
    func opening(at position: RecordPosition) -> [SQL] { [] }
    func claim(_ answers: ArraySlice<ResultSet>, at position: RecordPosition) throws {}
    func closing(
        _ checkpoint: ImportCheckpoint,
        from position: RecordPosition,
        on connection: Connection
    ) throws -> [SQL] { [] }
}
