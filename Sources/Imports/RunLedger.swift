import Bulk
import Control
import Postgres

/// Keeps the place of one import in its row of `import_run`, which is made together with the first chunk: an import that
/// never stored anything leaves nothing behind.
///
/// ``claim(at:on:)`` is the one place where what the reader believes meets what the database says.
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
    /// Where the transaction under way has found the run.
    private var claimed = 0

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

    func claim(at position: RecordPosition, on connection: Connection) throws {
        if position.offset == 0 {
            try create(on: connection)
        } else if kind == .resumable {
            // Of an import in one transaction nobody else can see the run.
            try compare(position, on: connection)
        }
        claimed = position.offset
    }

    private func create(on connection: Connection) throws {
        // A row that is new has nothing settled, and so is where the reader is.
        id = try connection.queryOptional(
            statements.create(
                file: file,
                target: target,
                options: options,
                state: kind == .resumable ? .running : .completed,
                table: table,
                origin
            ),
            as: Int64.self
        )
        guard let id else { throw PlaceMoved(.taken) }
        if kind == .resumable { try checkStanding(id, on: connection) }
        try journal.record("import.started", subject: target, on: connection)
    }

    /// Nobody may have imported the file since it was looked at. Making the run has waited for whoever was at it, and a run that has come to
    /// its end by then does not stand in the way of a new one.
    private func checkStanding(_ id: Int64, on connection: Connection) throws {
        let question = statements.isOvertaken(id, file: file, target: target, behind: known)
        if try connection.queryOne(question, as: Bool.self) { throw PlaceMoved(.overtaken) }
    }

    private func compare(_ position: RecordPosition, on connection: Connection) throws {
        guard let id else { throw PlaceMoved(.gone) }
        let found = try connection.query(statements.place(id), as: String.self, Int.self).first
        guard let (state, offset) = found else { throw PlaceMoved(.gone) }
        guard state == ImportRun.State.running.rawValue else { throw PlaceMoved(.ended) }
        guard offset == position.offset else {
            throw PlaceMoved(offset < position.offset ? .back : .forward)
        }
    }

    func record(_ checkpoint: ImportCheckpoint, on connection: Connection) throws {
        guard let id,
            let isSameTable = try connection.queryOptional(
                statements.record(id, from: claimed, checkpoint, into: table),
                as: Bool.self
            )
        else { throw PlaceMoved(.gone) }
        if !isSameTable, claimed > 0 { try checkTable(id, on: connection) }
        try record(checkpoint.skipped, of: id, on: connection)
        if checkpoint.isLast, let settles {
            try connection.execute(statements.settle(settles, target: target))
        }
        if checkpoint.isLast { try journal.record("import.completed", subject: target, on: connection) }
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
    private func record(_ skipped: [SkippedLine], of run: Int64, on connection: Connection) throws {
        guard !skipped.isEmpty else { return }
        let texts = StorableText(in: try connection.queryOne(ImportRunStatements.encoding, as: String.self))
        for start in stride(from: 0, to: skipped.count, by: Self.skippedAtOnce) {
            let rows = Array(skipped[start..<min(start + Self.skippedAtOnce, skipped.count)])
            try connection.execute(statements.recordSkipped(run, rows, as: texts))
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
