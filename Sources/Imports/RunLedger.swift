import Bulk
import Control
import Postgres

/// Keeps the place of one import in its row of `import_run`, which is made together with the first chunk: an import that
/// never stored anything leaves nothing behind.
final class RunLedger: ImportLedger {
    let statements: ImportRunStatements
    let file: String
    let target: String
    let options: String
    let kind: Kind
    private let journal: Journal
    private let origin: Origin
    /// The size of the file, once it was opened.
    var size: Int?
    /// The run; none before the first chunk. A chunk that fails takes a new run with it, so this is set on claiming.
    private var id: Int64?

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
        target: String,
        options: String,
        kind: Kind = .resumable,
        origin: Origin = .current
    ) {
        statements = ImportRunStatements(schema: schema)
        (self.file, self.target, self.options, self.origin) = (file, target, options, origin)
        self.kind = kind
        journal = Journal(schema: schema, origin: origin)
    }

    /// Goes on with a run.
    func adopt(_ run: ImportRun) {
        id = run.id
    }

    func claim(at position: RecordPosition, on connection: Connection) throws {
        if position.offset == 0 {
            id = try connection.queryOptional(
                statements.create(
                    file: file,
                    target: target,
                    options: options,
                    state: kind == .resumable ? .running : .completed,
                    size: size,
                    origin
                ),
                as: Int64.self
            )
            guard id != nil else { throw ImportRunError.ownedByAnother(file: file, target: target) }
            try journal.record("import.started", subject: target, on: connection)
            return
        }
        // Nobody else can see it.
        if kind == .ofOneTransaction { return }
        guard let id,
            try connection.queryOptional(statements.claim(id, at: position.offset), as: Int64.self) != nil
        else { throw ImportRunError.ownedByAnother(file: file, target: target) }
    }

    func record(_ checkpoint: ImportCheckpoint, on connection: Connection) throws {
        guard let id else { return }
        try connection.execute(statements.record(id, checkpoint))
        for row in checkpoint.skipped { try connection.execute(statements.recordSkipped(id, row)) }
        if checkpoint.isLast { try journal.record("import.completed", subject: target, on: connection) }
    }
}
