public import Postgres

// Making the table that a file is imported into.

extension FileImport {
    /// Guesses a table for the file from its first rows. Nothing is made.
    ///
    /// - Throws: ``TableGuessError``; ``ImportError`` when the sample cannot be read; ``TargetError``, ``CSVFormatError``.
    public func guessTable(
        _ sample: TableSample = TableSample(),
        on connection: Connection
    ) throws
        -> GuessedTable
    {
        let name = try ImportJob.name(table)
        var reader = try SampleReader(self, sample, on: connection)
        return try reader.table(name)
    }

    /// Makes the table where there is none of its name, by a transaction of its own: whatever becomes of the import, the
    /// next one finds it there and takes it as it is.
    ///
    /// A name without a schema is looked for in all schemas of the search path, and made in the first one, as the server does it.
    ///
    /// - Throws: as ``guessTable(_:on:)``; ``PostgresError``.
    public func createTable(
        _ sample: TableSample = TableSample(),
        on connection: Connection
    ) throws
        -> TableCreation
    {
        if let name = try foundTable(on: connection) { return .found(name) }
        let guessed = try guessTable(sample, on: connection)
        do {
            try connection.execute(guessed.statement)
            return .made(guessed)
        } catch PostgresError.server(let error) {
            // Somebody else may have made it meanwhile, which the server tells by one of several codes.
            if let name = try foundTable(on: connection) { return .found(name) }
            throw TableGuessError.refused(guessed.name, error)
        }
    }

    /// What ``preview(rows:on:)`` would say of a table that is not there. It is made for that, and taken back.
    public func preview(
        rows: Int = 5,
        making guessed: GuessedTable,
        on connection: Connection
    ) throws -> ImportPreview {
        try connection.rolledBackTransaction { connection in
            do {
                try connection.execute(guessed.statement)
            } catch PostgresError.server(let error) {
                throw TableGuessError.refused(guessed.name, error)
            }
            let job = try ImportJob(self, on: connection)
            return try job.preview(rows: rows, on: connection)
        }
    }

    /// The name of the table where something has it.
    public func foundTable(on connection: Connection) throws -> Identifier? {
        let name = try ImportJob.name(table)
        return try Self.isThere(name, on: connection) ? name : nil
    }

    private static func isThere(_ name: Identifier, on connection: Connection) throws -> Bool {
        try connection.queryOne(ImportStatements.isThere(name), as: Bool.self)
    }
}
