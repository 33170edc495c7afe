import Bulk
import Control
import Postgres

/// Keeps the place of one import in its row of `import_run`, which is made together with the first chunk: an import that
/// never stored anything leaves nothing behind.
///
/// ``claim(_:at:)`` is where what the reader believes meets what the database says. The statement that moves the place on asks once
/// more, and fails: it travels with COMMIT, so nobody looks at its answer before.
final class RunLedger: ImportLedger {
    let statements: ImportRunStatements
    let file: String
    let options: String
    let table: Identifier
    /// The table as runs name it.
    var target: String { table.description }
    let kind: Kind
    private let journal: Journal
    private let origin: Origin
    private let watch: LockWatch
    /// The earlier import whose rows the file holds, once it was opened.
    var settles: RejectsFile.Origin?
    /// The latest run of the file that was there when it was decided what to do; 0 where there was none.
    var known: Int64 = 0
    /// The run; none before the first chunk. A chunk that fails takes a new run with it, so this is set on claiming.
    private(set) var id: Int64?

    /// Whether somebody may go on with the run.
    enum Kind {
        /// It commits with each chunk.
        case resumable
        /// It commits at the end: when anybody else can see the run it is completed.
        case ofOneTransaction
    }

    init(
        _ schema: ControlSchema,
        file: String,
        options: String,
        table: Identifier,
        kind: Kind = .resumable,
        origin: Origin = .current,
        watch: LockWatch
    ) {
        statements = ImportRunStatements(schema: schema)
        (self.file, self.options, self.origin) = (file, options, origin)
        (self.kind, self.watch, self.table) = (kind, watch, table)
        journal = Journal(schema: schema, origin: origin)
    }

    /// Goes on with a run.
    func adopt(_ run: ImportRun) {
        id = run.id
    }

    func opening(at position: RecordPosition) -> [SQL] {
        if position.offset == 0 {
            return [
                statements.create(
                    file: file,
                    target: target,
                    options: options,
                    state: kind == .resumable ? .running : .completed,
                    table: table,
                    origin
                ),
                // Making the run has waited for whoever was at it, and a run that has come to its end by then does not stand in the way of a
                // new one.
                statements.isOvertaken(file: file, target: target, behind: known),
                journal.statement("import.started", subject: target),
            ]
        }
        // Of an import in one transaction nobody else can see the run.
        guard kind == .resumable, let id else { return [] }
        return [statements.place(id)]
    }

    func claim(_ answers: ArraySlice<ResultSet>, at position: RecordPosition) throws {
        if position.offset == 0 {
            // A row that is new has nothing settled, and so is where the reader is.
            id = try answers.first?.first?.value(Int64.self, at: 0)
            guard id != nil else { throw PlaceMoved(.taken) }
            let isOvertaken = try answers.dropFirst().first?.first?.value(Bool.self, at: 0) ?? true
            if kind == .resumable, isOvertaken { throw PlaceMoved(.overtaken) }
        } else if kind == .resumable {
            try compare(answers.first, with: position)
        }
    }

    private func compare(_ answer: ResultSet?, with position: RecordPosition) throws {
        guard let found = answer?.first else { throw PlaceMoved(.gone) }
        let (state, offset) = try found.decode(String.self, Int.self)
        guard state == ImportRun.State.running.rawValue else { throw PlaceMoved(.ended) }
        guard offset == position.offset else {
            throw PlaceMoved(offset < position.offset ? .back : .forward)
        }
    }

    func closing(
        _ checkpoint: ImportCheckpoint,
        from position: RecordPosition,
        on connection: Connection
    ) throws -> [SQL] {
        guard let id else { throw PlaceMoved(.gone) }
        // The table may be another one since it was looked at, before the first chunk as well, but only then is nothing of it missing.
        let isFirst = position.offset == 0
        var closing = [
            statements.record(id, from: position.offset, checkpoint, into: table, isFirst ? .any : .same)
        ]
        closing += try recordSkipped(checkpoint.skipped, of: id, on: connection)
        if checkpoint.isLast {
            if let settles { closing.append(statements.settle(settles, target: target)) }
            closing.append(journal.statement("import.completed", subject: target))
        }
        return closing
    }

    func settles(_ error: any Error, at position: RecordPosition, on connection: Connection) throws -> Bool {
        guard let id, ImportRunStatements.isDisagreement(error) else { return false }
        if kind == .resumable { try compare(connection.rows(statements.place(id)), with: position) }
        try checkTable(id, on: connection)
        return true
    }

    /// Nobody may have taken away what the chunks before have stored.
    private func checkTable(_ id: Int64, on connection: Connection) throws {
        guard let run = try connection.rows(statements.find(id)).first.map({ try ImportRun($0) }) else {
            throw PlaceMoved(.gone)
        }
        switch try run.finding(in: table, statements, on: connection) {
        case .kept: return
        case .emptied(let change), .replaced(let change):
            throw ImportRunError.targetChanged(file: file, target: target, run: run, change: change)
        }
    }

    /// The rows travel some hundred at a time: there may be very many, and each may be long.
    private func recordSkipped(
        _ skipped: [SkippedLine],
        of run: Int64,
        on connection: Connection
    ) throws -> [SQL] {
        guard !skipped.isEmpty else { return [] }
        let texts = StorableText(in: try connection.queryOne(ImportRunStatements.encoding, as: String.self))
        return stride(from: 0, to: skipped.count, by: Self.skippedAtOnce).map { start in
            let rows = Array(skipped[start..<min(start + Self.skippedAtOnce, skipped.count)])
            return statements.recordSkipped(run, rows, as: texts)
        }
    }

    private static let skippedAtOnce = 500

    func watching<Value>(_ connection: Connection, _ body: () throws -> Value) rethrows -> Value {
        try watch.watching(connection, body)
    }

    func reason(of error: any Error) -> String { watch.reason(of: error) }
}

/// The run does not stand where the reader believes it to. Nothing of the chunk is stored.
struct PlaceMoved: Error {
    /// Where it stands.
    enum Finding: Equatable {
        /// Behind the place: the server has lost its newest commits.
        case back
        /// Further on.
        case forward
        /// It was completed or abandoned.
        case ended
        /// There is no such run any more.
        case gone
        /// Another run of this file and table was begun first.
        case taken
        /// One has come to its end since it was decided to begin one.
        case overtaken
    }

    let finding: Finding

    init(_ finding: Finding) { self.finding = finding }
}
