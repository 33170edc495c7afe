import Bulk
import Control
import Postgres

/// One go at an import, over one connection, from the place that the database tells.
struct ImportAttempt {
    private let resumable: ResumableImport
    private let ledger: RunLedger
    private let watch: LockWatch
    private let memory: ImportMemory
    private let connection: Connection
    private let onEvent: (ImportEvent) -> Void

    init(
        _ resumable: ResumableImport,
        _ ledger: RunLedger,
        _ watch: LockWatch,
        _ memory: ImportMemory,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) {
        (self.resumable, self.ledger, self.watch, self.memory) = (resumable, ledger, watch, memory)
        (self.connection, self.onEvent) = (connection, onEvent)
    }

    /// Finds out where the import stands, and imports what is left.
    func run() throws -> ResumableImport.End {
        if let number = memory.run {
            // What this process has begun, it goes on with, whatever it was told to do about an earlier one.
            if let found = try find(ledger.statements.find(number)) { return try goOn(with: found) }
            guard !memory.isStored else { throw PlaceMoved(.gone) }
            return try run(from: nil)
        }
        guard let earlier = try find(ledger.statements.latest(file: ledger.file, target: ledger.target))
        else {
            if resumable.start == .resume { try checkElsewhere() }
            return try run(from: nil)
        }
        return try run(after: earlier)
    }

    /// The rows of the file may be in the table already, known to the tables of another schema.
    private func checkElsewhere() throws {
        let tables = try ControlTables(on: connection)
        for schema in tables.schemas(with: "import_run", besides: ledger.statements.schema) {
            let statements = ImportRunStatements(schema: schema)
            guard let run = try find(statements.latest(file: ledger.file, target: ledger.target)),
                try run.state == .running || isSame(run)
            else { continue }
            throw ImportRunError.importElsewhere(
                file: ledger.file,
                target: ledger.target,
                schema: schema.name,
                run: run
            )
        }
    }

    private func find(_ statement: SQL) throws -> ImportRun? {
        try connection.rows(statement).first.map { try ImportRun($0) }
    }

    /// Goes on with the run of an earlier session of this process.
    private func goOn(with run: ImportRun) throws -> ResumableImport.End {
        switch run.state {
        case .running:
            ledger.adopt(run)
            return try self.run(from: run)
        case .completed:
            let bytes = run.position.offset
            return .imported(ImportResult(run.totals, bytes: bytes, duration: memory.elapsed))
        case .abandoned: throw PlaceMoved(.ended)
        }
    }

    private func run(after earlier: ImportRun) throws -> ResumableImport.End {
        if resumable.start == .restart {
            if earlier.state == .running { try connection.execute(ledger.statements.abandon(earlier.id)) }
            return try run(from: nil)
        }
        if earlier.state == .completed {
            if try isSame(earlier) { return .alreadyImported(earlier) }
            try checkCorrected(earlier)
            return try run(from: nil)
        }
        guard earlier.options == ledger.options else {
            throw ImportRunError.optionsChanged(file: ledger.file, target: ledger.target, run: earlier)
        }
        ledger.adopt(earlier)
        memory.adopted(earlier.id)
        return try run(from: earlier)
    }

    /// Imports what lies behind the place of a run; all of the file without one.
    func run(from earlier: ImportRun?) throws -> ResumableImport.End {
        var start = ChunkedImport.Start()
        if let earlier { (start.position, start.totals) = (earlier.position, earlier.totals) }
        let reached = Reached((start.totals.rows, start.position.line))
        defer { memory.ended(ledger.id) }
        do {
            let result = try ChunkedImport.run(
                resumable.load,
                from: start,
                settings,
                ledger: ledger,
                on: connection,
                check: { facts in try check(facts, against: earlier) },
                onEvent: { event in
                    if case .started(let plan) = event { ledger.settles = RejectsFile.run(in: plan.ignored) }
                    if case .stored(let rows, let line) = event {
                        reached.place = (rows, line + 1)
                        memory.stored(ledger.id)
                    }
                    onEvent(event)
                }
            )
            return .imported(result)
        } catch let error as ImportRunError {
            throw error
        } catch let moved as PlaceMoved {
            throw moved
        } catch {
            let cause = watch.explained(error)
            guard reached.place.rows > 0 else { throw cause }
            throw ImportRunError.stopped(cause: cause, rows: reached.place.rows, line: reached.place.line)
        }
    }

    private var settings: ChunkedImport.Settings {
        var settings = ChunkedImport.Settings()
        (settings.chunkSize, settings.maxSkipped) = (resumable.chunkSize, resumable.maxSkipped)
        settings.commits = ledger.kind == .resumable ? .eachChunk : .atTheEnd
        return settings
    }

    private func check(_ facts: ImportFacts, against earlier: ImportRun?) throws {
        ledger.size = facts.size
        guard let earlier else { return }
        guard try checksum(facts) == earlier.checksum else {
            throw ImportRunError.fileChanged(file: ledger.file, target: ledger.target, run: earlier)
        }
    }

    /// Whether a completed import was one of this very file, with the same options.
    private func isSame(_ run: ImportRun) throws -> Bool {
        guard run.options == ledger.options else { return false }
        let facts = try resumable.load.facts(upTo: run.position, on: connection)
        return try facts.size == run.fileSize && checksum(facts) == run.checksum
    }

    /// Whether the file looks like the one of a completed import in which the rows that were left out were corrected: then
    /// all others would be stored twice. What tells it from a new file of the same name is its number of lines.
    private func checkCorrected(_ run: ImportRun) throws {
        guard run.rowsUnsettled > 0, run.options == ledger.options else { return }
        let lines = try resumable.load.lineCount()
        guard abs(lines - (run.line - 1)) <= run.rowsUnsettled else { return }
        throw ImportRunError.corrected(file: ledger.file, target: ledger.target, run: run)
    }

    private func checksum(_ facts: ImportFacts) throws -> String {
        try connection.queryOne(ledger.statements.checksum(facts.sample), as: String.self)
    }

    /// How far the chunks came.
    private final class Reached {
        var place: (rows: Int, line: Int)
        init(_ place: (rows: Int, line: Int)) { self.place = place }
    }
}
