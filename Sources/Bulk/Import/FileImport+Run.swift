public import Postgres

extension FileImport {
    /// Imports the file in one transaction.
    ///
    /// - Parameters:
    ///   - connection: a connection without an open transaction.
    ///   - options: how the transaction begins, for instance with a `lock_timeout`.
    ///   - onEvent: told what is to happen, and how far it has come.
    /// - Throws: ``ImportError`` with the line of the file, ``TargetError`` when there is no such table or key,
    ///   ``CSVFormatError``, ``PostgresError``, `TransactionError`.
    public func run(
        on connection: Connection,
        _ options: TransactionOptions = TransactionOptions(),
        onEvent: @escaping (ImportEvent) -> Void = { _ in }
    ) throws -> ImportResult {
        // What cannot be read again is kept by the chunk, so that a row that is refused can be looked for.
        let table = try targetTable(on: connection)
        if reasonForOneTransaction(into: table) == .pipe {
            return try runInChunks(committing: .atTheEnd, options, on: connection, onEvent)
        }
        let start = ContinuousClock.now
        let job = try ImportJob(self, into: table, on: connection)
        job.input.sign = nil
        let merge = try job.mergePlan()
        onEvent(.started(job.mapping.plan))
        let outcome: WriteOutcome
        do {
            outcome = try connection.transaction(options) { connection in
                _ = try connection.rows(ofAll: job.clearing)
                return try job.store(merge, on: connection, onEvent)
            }
        } catch {
            throw located(error, job.table, options, on: connection)
        }
        job.input.remarks.forEach(onEvent)
        refreshStatistics(of: job.table.name, after: outcome.changed, on: connection)
        return job.result(outcome, since: start)
    }

    /// Finds out which rows of the file an import would refuse, all of them, and what it would do with the others. Nothing is stored.
    ///
    /// The rows are written by the very statements of an import, in one transaction that is rolled back: triggers run, numbers of sequences
    /// are used up, and others who write the same keys wait for its end. Of a table with a foreign key to itself only the first row
    /// is found, because its rows can only be checked together.
    ///
    /// - Parameter onEvent: gets an ``ImportEvent/skipped(_:)`` for each row that would be refused.
    /// - Throws: as ``run(on:_:onEvent:)`` where the rest of the file cannot be read.
    public func check(
        on connection: Connection,
        onEvent: @escaping (ImportEvent) -> Void
    ) throws -> ImportResult {
        let table = try targetTable(on: connection)
        guard reasonForOneTransaction(into: table) != .selfReferencing else {
            return try checkTogether(table, on: connection, onEvent)
        }
        return try runInChunks(
            committing: .never,
            TransactionOptions(),
            leavingOut: .max,
            on: connection,
            onEvent
        )
    }

    private func checkTogether(
        _ table: TargetTable,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) throws -> ImportResult {
        let start = ContinuousClock.now
        let job = try ImportJob(self, into: table, on: connection)
        job.input.sign = nil
        let merge = try job.mergePlan()
        onEvent(.started(job.mapping.plan))
        let outcome = try connection.rolledBackTransaction { connection in
            let outcome = try job.store(merge, on: connection, onEvent)
            try connection.execute(ImportStatements.checkConstraints)
            return outcome
        }
        return job.result(outcome, since: start)
    }

    /// Runs ANALYZE where it is worthwhile. The rows are stored by then, so nothing that goes wrong here is an error of the import:
    /// who does not own the table may not do it, and a lock may be in the way.
    package func refreshStatistics(of table: Identifier, after changed: Int, on connection: Connection) {
        guard statistics == .whereWorthwhile, changed > 0, connection.transactionStatus == .idle else {
            return
        }
        let isWorthwhile = ImportStatements.isAnalyzeWorthwhile(table, changed: changed)
        guard (try? connection.queryOptional(isWorthwhile, as: Bool.self)) ?? false else { return }
        _ = try? connection.transaction(of: ImportStatements.analyze(table))
    }

    /// Finds out what an import would do: checks the columns and reads the first rows by the types and
    /// constraints of the table. Nothing is written, no number of a sequence is used up.
    ///
    /// - Throws: the same as ``run(on:_:onEvent:)`` for those rows.
    public func preview(rows: Int = 5, on connection: Connection) throws -> ImportPreview {
        let job = try ImportJob(self, on: connection)
        return try connection.rolledBackTransaction { try job.preview(rows: rows, on: $0) }
    }
}

extension ImportJob {
    /// Reads the first rows into the staging table, in a transaction that is rolled back.
    func preview(rows: Int, on connection: Connection) throws -> ImportPreview {
        input.sign = nil
        _ = try mergePlan()
        try stage(limit: rows, on: connection) { _ in }
        let names = table.columns.filter { column in
            column.origin == .generated || mapping.columns.contains { $0.name == column.name }
        }.map(\.name)
        let staged = try connection.rows(ImportStatements.staged(names, ordinal: ordinal, limit: rows))
        let texts = try staged.map { row in
            try names.indices.map { try row.value(String?.self, at: $0) }
        }
        return ImportPreview(plan: mapping.plan, columns: names, rows: texts)
    }
}
