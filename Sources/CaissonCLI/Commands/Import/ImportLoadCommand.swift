import ArgumentParser
import Bulk
import Control
import Imports
import Postgres

/// `caisson import FILE`
struct ImportLoadCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Load a file of CSV, NDJSON or COPY's text format, plain or packed, into a table.",
        usage: "caisson import <file> ... --into <table> [<options>]",
        discussion: """
            The header, or the keys of the objects, must name columns of the table; --map and --ignore settle the rest. \
            The values are read by the types of the columns. A file is committed in chunks together with the place that \
            each reaches: the same command goes on where an import stopped. A pipe is one transaction.

            What was imported, and what is not finished: caisson import status
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The files, one after the other, or - for standard input. Patterns such as 'data/*.csv' may be quoted.",
            valueName: "file"
        )
    )
    var files: [String]

    @Option(name: .long, help: ArgumentHelp("The table.", valueName: "table"))
    var into: String

    @OptionGroup(title: "Table options") var creation: ImportCreateFlags
    @OptionGroup(title: "Column options") var columns: ImportColumnFlags
    @OptionGroup(title: "File options") var format: ImportFormatFlags
    @OptionGroup(title: "CSV and text options") var csv: ImportCSVFlags

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What to do with rows whose key is in the table already. By default the import fails.",
            valueName: "nothing|update"
        )
    )
    var onConflict: ConflictChoice?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The columns that tell rows apart. By default the primary key.",
            valueName: "column,…"
        )
    )
    var key: ColumnList?

    @OptionGroup(title: "Run options") var flags: ImportRunFlags

    @Flag(name: .long, help: "Show where the columns go and the first rows as the table would keep them.")
    var dryRun = false

    @Flag(
        name: .long,
        help: "Say of every row that would be refused why, and store nothing. Exit code 21 if there are some."
    )
    var check = false

    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    /// The words behind `--on-conflict`.
    enum ConflictChoice: String, ExpressibleByArgument, CaseIterable {
        case nothing, update
    }

    func validate() throws {
        guard key == nil || onConflict != nil else {
            throw ValidationError(
                "--key says which rows are the same; add --on-conflict nothing or --on-conflict update."
            )
        }
        if files.count > 1, files.contains("-") {
            throw ValidationError("Standard input is imported alone; leave out - or the files.")
        }
        guard !(dryRun && flags.skipped) else {
            throw ValidationError("--dry-run and --skipped show two different things; give one of them.")
        }
        if check, dryRun || creation.create || flags.changesSomething {
            throw ValidationError(
                "--check stores nothing and reads all of the file; leave out the options that say how to store it."
            )
        }
        try creation.validate(files: files, skipped: flags.skipped)
    }

    func perform(_ console: Console) async throws -> Outcome {
        let loads = try FilePatterns.files(files).map(fileImport)
        if loads.count > 1 { try flags.checkFor(files: loads.count) }
        let session = Session(try await database.connection(console))
        do {
            let outcome = try await Interruption.watch(.cancels) { try await run(loads, session, console) }
            await session.close()
            return outcome
        } catch {
            await session.close()
            throw error
        }
    }

    /// Each file is an import of its own: the same command goes on with the one that stopped.
    private func run(_ loads: [FileImport], _ session: Session, _ console: Console) async throws -> Outcome {
        var outcome = Outcome.done
        for (index, load) in loads.enumerated() {
            if loads.count > 1 {
                console.report(
                    ImportFileReport(file: "\(load.source)", number: index + 1, count: loads.count)
                )
            }
            let end = try await run(load, session, console)
            if outcome == .done { outcome = end }
        }
        return outcome
    }

    private func fileImport(_ file: String) throws -> FileImport {
        var load = FileImport(ImportSource(file), into: into)
        load.existingRows = flags.truncate ? .truncated : .kept
        load.statistics = flags.analyze ? .whereWorthwhile : .never
        format.apply(to: &load)
        try csv.apply(to: &load)
        try columns.apply(to: &load)
        switch onConflict {
        case nil: load.onConflict = .error
        case .nothing: load.onConflict = .doNothing(key: key?.names)
        case .update: load.onConflict = .update(key: key?.names)
        }
        return load
    }

    private func run(_ load: FileImport, _ session: Session, _ console: Console) async throws -> Outcome {
        if dryRun {
            try await preview(load, session, console)
            return .done
        }
        if check { return try await check(load, session, console) }
        if flags.skipped { return try await listSkipped(load, session, console) }
        let made = try await makeTable(for: load, session, console)
        let reporter = ImportReporter(console)
        let rejects = flags.rejects.map { RejectsOutput(path: $0, resumable: resumable(load)) }
        try await rejects?.check(session)
        let end: ResumableImport.End
        do {
            end = try await imported(load, made, session) { reporter.receive($0) }
        } catch {
            // Of a table that was to be replaced the rows that were left out before are told, not these.
            if !flags.replace { try? await rejects?.write(reporter.fileColumns, session, console) }
            throw GuessedTypeError.explained(error, made)
        }
        console.endStatus()
        try await rejects?.write(reporter.fileColumns, session, console)
        let outcome = report(end, of: load, console)
        try await lookAtSequences(of: load, reporter.columns, session, console)
        return outcome
    }

    private func check(_ load: FileImport, _ session: Session, _ console: Console) async throws -> Outcome {
        let reporter = ImportReporter(console, .checking)
        let result = try await session.withConnection { try load.check(on: $0) { reporter.receive($0) } }
        console.endStatus()
        console.report(ImportCheckReport(table: load.table, result: result))
        return result.rowsSkipped > 0 ? .rowsSkipped : .done
    }

    private func report(_ end: ResumableImport.End, of load: FileImport, _ console: Console) -> Outcome {
        switch end {
        case .alreadyImported(let run):
            console.report(ImportRepeatedReport(table: load.table, run: run))
            return run.rowsUnsettled > 0 ? .rowsSkipped : .done
        case .imported(let result):
            console.report(ImportFinishedReport(table: load.table, result: result, schema: database.schema))
            return result.rowsSkipped > 0 ? .rowsSkipped : .done
        }
    }

    /// Also after an import that was complete before: it may have ended between its last row and this.
    ///
    /// - Parameter columns: those that the file gave values; unknown when it was not read.
    private func lookAtSequences(
        of load: FileImport,
        _ columns: [String]?,
        _ session: Session,
        _ console: Console
    ) async throws {
        let isWanted = flags.advanceSequences
        let reports = try await session.withConnection { connection in
            guard isWanted else {
                // The rows are stored, whatever becomes of a word about sequences.
                let found = (try? load.laggingSequences(of: columns, on: connection)) ?? []
                return found.map { SequenceReport(sequence: $0, state: .behind) }
            }
            return try load.laggingSequences(of: columns, on: connection).map { sequence in
                try load.advance(sequence, on: connection)
                return SequenceReport(sequence: sequence, state: .advanced)
            }
        }
        for report in reports { console.report(report) }
    }

    private func listSkipped(
        _ load: FileImport,
        _ session: Session,
        _ console: Console
    ) async throws -> Outcome {
        let resumable = resumable(load)
        let rows = try await session.withConnection { try resumable.skippedRows(on: $0) }
        for row in rows { console.report(ImportEventReport(event: .skipped(row), elapsed: 0)) }
        if rows.isEmpty { console.say("No import of \(load.source) into \(load.table) left a row out.") }
        return .done
    }

    func resumable(_ load: FileImport) -> ResumableImport {
        var resumable = ResumableImport(load)
        flags.apply(to: &resumable)
        resumable.schema = ControlSchema(name: database.schema)
        return resumable
    }

    private func imported(
        _ load: FileImport,
        _ made: TableCreation?,
        _ session: Session,
        _ onEvent: @escaping @Sendable (ImportEvent) -> Void
    ) async throws -> ResumableImport.End {
        if flags.replace, !(made?.isNew ?? false) {
            var replacing = ReplacingImport(resumable(load))
            replacing.commits = flags.singleTransaction ? .atOnce : .inChunks
            return try await replacing.run(over: session, onEvent: onEvent)
        }
        guard flags.singleTransaction else {
            return try await resumable(load).run(over: session, onEvent: onEvent)
        }
        return .imported(try await session.withConnection { try load.run(on: $0, onEvent: onEvent) })
    }
}
