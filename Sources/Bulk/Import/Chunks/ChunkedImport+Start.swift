package import Digests
package import Postgres

extension ChunkedImport {
    /// How an import in chunks is done.
    package struct Settings: Sendable {
        /// The bytes of the file that a chunk takes, at least; rounded up to blocks of 256 KiB. Without a number 4 MiB, and more where
        /// the server is far away.
        package var chunkSize: Int?
        /// How many sessions send rows. More than one only where each chunk is committed.
        package var workers = 1
        /// How many rows may be left out.
        package var maxSkipped = 0
        /// What a chunk is committed by.
        package var commits = Commits.eachChunk
        /// How the one transaction of an import begins.
        package var options = TransactionOptions()

        /// What a chunk is committed by.
        package enum Commits: Sendable {
            /// A transaction of its own, so that the import can be gone on with behind it.
            case eachChunk
            /// That of the whole import, in which it is a savepoint: of what cannot be read again nothing may be
            /// stored in part.
            case atTheEnd
            /// Nothing is: it is rolled back. For finding the row that was refused in an import at once.
            case never
        }

        /// The defaults.
        package init() {}
    }

    /// Imports what lies behind a place in a file, to its end.
    ///
    /// - Parameters:
    ///   - table: the table, where it was looked up just now.
    ///   - start: what is stored already.
    ///   - check: gets the bytes of the file up to that place as they are now, before anything is read behind it; it throws when
    ///     this is another file.
    /// - Throws: ``ImportError``, ``TargetError``, `PostgresError`, `TransactionError`, what the ledger and `check` throw.
    package static func run(
        _ load: FileImport,
        into table: TargetTable? = nil,
        from start: Start,
        _ settings: Settings = Settings(),
        ledger: any ImportLedger,
        on connection: Connection,
        check: (ContentDigest) throws -> Void = { _ in },
        onEvent: @escaping (ImportEvent) -> Void
    ) throws -> ImportResult {
        let began = ContinuousClock.now
        let job = try ImportJob(load, into: table, on: connection)
        let content = try job.input.digest(upTo: start.position.offset)
        try check(content)
        let chunks = try ChunkedImport(
            job,
            start,
            behind: content,
            settings,
            ledger,
            on: connection,
            onEvent
        )
        var place = start.position
        place.offset += try chunks.passLineEnd(start.lineEnd)
        if start.position.offset > 0 { try job.resume(at: place) }
        // From here on the server waits inside of a COPY, which is no idleness.
        job.input.sign = nil
        onEvent(.started(job.mapping.plan))
        if start.position.offset > 0 {
            onEvent(.resumed(rows: start.totals.rows, line: start.position.line))
        }
        try chunks.run()
        job.input.remarks.forEach(onEvent)
        return ImportResult(
            rowsRead: chunks.totals.rows,
            rowsSkipped: chunks.totals.skipped,
            outcome: chunks.totals.outcome,
            blankLines: job.blankLines,
            bytes: job.input.bytesRead,
            duration: ContinuousClock.now - began
        )
    }
}

extension FileImport {
    /// The table as the catalog has it.
    package func targetTable(on connection: Connection) throws -> TargetTable {
        try TargetTable(ImportJob.name(table), on: connection)
    }

    /// Why it can only be done in one transaction; `nil` when chunks are possible.
    package func reasonForOneTransaction(into table: TargetTable) -> ReasonForOneTransaction? {
        // Foreign keys are checked when a statement ends: a child may stand before its parent in one COPY only.
        if table.isSelfReferencing { return .selfReferencing }
        // A file that is not there is told by the one who opens it.
        return source.isPipe ? .pipe : nil
    }

    /// Why an import can only be done in one transaction.
    public enum ReasonForOneTransaction: Sendable {
        /// The source cannot be read again from the middle.
        case pipe
        /// The table has a foreign key to itself.
        case selfReferencing
    }
}
