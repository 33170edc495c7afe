import Bulk
import Control
import Digests
import Postgres

/// One go at an import, over one connection, from the place that the database tells.
struct ImportAttempt {
    private let resumable: ResumableImport
    private let table: TargetTable
    private let ledger: RunLedger
    private let watch: LockWatch
    private let memory: ImportMemory
    private let connection: Connection
    private let onEvent: (ImportEvent) -> Void

    init(
        _ resumable: ResumableImport,
        _ table: TargetTable,
        _ ledger: RunLedger,
        _ watch: LockWatch,
        _ memory: ImportMemory,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) {
        self.table = table
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
        let latest = ledger.statements.latest(file: ledger.file, target: ledger.target)
        let answers = try connection.rows(ofAll: [latest, ControlTables.question])
        let earlier = try answers[0].first.map { try ImportRun($0) }
        memory.found(earlier?.id)
        if let earlier { return try run(after: earlier) }
        if resumable.start == .resume { try checkElsewhere(ControlTables(in: answers[1])) }
        guard resumable.start != .restart, !isFresh, let twin = try twin() else { return try run(from: nil) }
        guard resumable.start == .continue else {
            throw refusal(ImportRunError.importedAs, twin.run)
        }
        return try reopen(twin.run, behind: twin.content)
    }

    /// The rows of the file may be in the table already, known to the tables of another schema.
    private func checkElsewhere(_ tables: ControlTables) throws {
        for schema in tables.schemas(with: "import_run", besides: ledger.statements.schema) {
            let statements = ImportRunStatements(schema: schema)
            guard let run = try find(statements.latest(file: ledger.file, target: ledger.target)),
                try run.state == .running || !isFresh && isSame(run)
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

    /// Whether no row of an earlier import stays in the table.
    private var isFresh: Bool { resumable.load.existingRows == .truncated }

    private func run(after earlier: ImportRun) throws -> ResumableImport.End {
        if resumable.start == .restart || isFresh && earlier.state == .completed {
            return try runAnew(instead: earlier)
        }
        switch try earlier.finding(in: ledger.table, ledger.statements, on: connection) {
        case .kept: break
        case .emptied(let change):
            onEvent(.beganAgain("\(ledger.target) was \(change) since, and is empty"))
            return try runAnew(instead: earlier)
        case .replaced(let change) where try settlesRepeatedRows():
            onEvent(.beganAgain("\(ledger.target) was \(change) since"))
            return try runAnew(instead: earlier)
        case .replaced(let change):
            throw ImportRunError.targetChanged(
                file: ledger.file,
                target: ledger.target,
                run: earlier,
                change: change
            )
        }
        if earlier.state == .completed { return try run(afterCompleted: earlier) }
        guard earlier.options == ledger.options else {
            throw refusal(ImportRunError.optionsChanged, earlier)
        }
        ledger.adopt(earlier)
        memory.adopted(earlier.id)
        return try run(from: earlier)
    }

    private func runAnew(instead earlier: ImportRun) throws -> ResumableImport.End {
        if earlier.state == .running { try connection.execute(ledger.statements.abandon(earlier.id)) }
        return try run(from: nil)
    }

    /// A file that is read by its content: the same, grown, or another.
    private func run(afterCompleted earlier: ImportRun) throws -> ResumableImport.End {
        guard earlier.options == ledger.options else {
            return try runAgain(refusal(ImportRunError.optionsChanged, earlier))
        }
        let content = try resumable.load.content(upTo: earlier.position.offset, on: connection)
        guard content.digest.hex == earlier.content, content.lineEnd != nil else {
            return try runAgain(refusal(ImportRunError.fileEdited, earlier))
        }
        if content.isWhole { return .alreadyImported(earlier) }
        if resumable.start == .continue { return try reopen(earlier, behind: content) }
        guard resumable.load.onConflict == .error || resumable.earlierRows == .mustGo else {
            return try run(from: nil)
        }
        throw refusal(ImportRunError.fileGrown, earlier)
    }

    /// Imports all of a file some of whose rows may be stored, where that cannot make two of one.
    private func runAgain(_ refusal: ImportRunError) throws -> ResumableImport.End {
        guard resumable.start != .continue, try settlesRepeatedRows() else {
            throw refusal
        }
        return try run(from: nil)
    }

    private func settlesRepeatedRows() throws -> Bool {
        guard resumable.earlierRows == .mayStay else { return false }
        return try resumable.load.settlesRepeatedRows(on: connection)
    }

    /// Goes on behind the rows of a run that has ended, or is of a file of another name.
    private func reopen(_ run: ImportRun, behind content: ImportContent) throws -> ResumableImport.End {
        if content.isWhole, run.state == .completed { return .alreadyImported(run) }
        if resumable.load.format == .text, content.endsWithMark {
            throw resumable.load.dataBehindEnd(line: run.position.line)
        }
        try connection.execute(ledger.statements.reopen(run.id, file: ledger.file))
        ledger.adopt(run)
        memory.adopted(run.id)
        return try self.run(from: run, after: content.lineEnd ?? 0)
    }

    /// A run of another file whose rows are the first ones of this.
    private func twin() throws -> (run: ImportRun, content: ImportContent)? {
        let head = try resumable.load.content(upTo: ImportContent.headSize, on: connection).head
        let found = try connection.rows(
            ledger.statements.twins(
                file: ledger.file,
                target: ledger.target,
                options: ledger.options,
                head: head.hex
            )
        ).map { try ImportRun($0) }
        // Asked last: most files have none, and it opens the file once more.
        guard !found.isEmpty, try !resumable.load.settlesRepeatedRows(on: connection) else { return nil }
        for run in found {
            let content = try resumable.load.content(upTo: run.position.offset, on: connection)
            guard content.digest.hex == run.content, content.lineEnd != nil,
                try run.finding(in: ledger.table, ledger.statements, on: connection) == .kept
            else { continue }
            return (run, content)
        }
        return nil
    }

    /// Imports what lies behind the place of a run; all of the file without one.
    /// - Parameter lineEnd: the bytes behind the place that end its last line.
    func run(from earlier: ImportRun?, after lineEnd: Int = 0) throws -> ResumableImport.End {
        var start = ChunkedImport.Start()
        ledger.known = memory.known
        if let earlier { (start.position, start.totals) = (earlier.position, earlier.totals) }
        start.lineEnd = lineEnd
        let reached = Reached((start.totals.rows, start.position.line))
        defer { memory.ended(ledger.id) }
        do {
            let result = try ChunkedImport.run(
                resumable.load,
                into: table,
                from: start,
                settings,
                ledger: ledger,
                on: connection,
                check: { content in try check(content, against: earlier) },
                onEvent: { event in
                    if case .started(let plan) = event { ledger.settles = .named(in: plan.ignored) }
                    if case .stored(let rows, let line) = event {
                        reached.place = (rows, line + 1)
                        memory.stored(ledger.id)
                    }
                    onEvent(event)
                }
            )
            resumable.load.refreshStatistics(of: table.name, after: result.outcome.changed, on: connection)
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
        settings.workers = resumable.workers
        settings.commits = ledger.kind == .resumable ? .eachChunk : .atTheEnd
        return settings
    }

    private func check(_ content: ContentDigest, against earlier: ImportRun?) throws {
        guard let earlier, content.hex != earlier.content else { return }
        throw refusal(ImportRunError.fileChanged, earlier)
    }

    private func refusal(
        _ kind: (String, String, ImportRun) -> ImportRunError,
        _ run: ImportRun
    ) -> ImportRunError {
        kind(ledger.file, ledger.target, run)
    }

    /// Whether a completed import was one of this very file, with the same options.
    private func isSame(_ run: ImportRun) throws -> Bool {
        guard run.options == ledger.options else { return false }
        let content = try resumable.load.content(upTo: run.position.offset, on: connection)
        return content.isWhole && content.digest.hex == run.content
    }

    /// How far the chunks came.
    private final class Reached {
        var place: (rows: Int, line: Int)
        init(_ place: (rows: Int, line: Int)) { self.place = place }
    }
}
