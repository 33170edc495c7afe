import Control
import Postgres

/// Runs the verify query of a completed run and records what it returned.
struct Verification {
    private let name: String
    private let query: SQLText?
    private let journal: Journal
    private let store: RunStore
    private let connection: Connection

    init(
        _ name: String,
        _ query: SQLText?,
        schema: ControlSchema,
        origin: Origin,
        on connection: Connection
    ) {
        (self.name, self.query) = (name, query)
        journal = Journal(schema: schema, origin: origin)
        store = RunStore(schema: schema, on: connection)
        self.connection = connection
    }

    init(_ backfill: Backfill, schema: ControlSchema, origin: Origin, on connection: Connection) {
        self.init(
            backfill.name,
            backfill.verification,
            schema: schema,
            origin: origin,
            on: connection
        )
    }

    /// Verifies a run; one without a verify query stays completed.
    ///
    /// - Parameter settings: those of the run as this session may make them, where that is known.
    func run(
        _ run: Run,
        settings: [TransactionOptions.Setting]? = nil,
        begin: () -> Void = {}
    ) throws -> Run {
        guard run.state == .completed || run.state == .verified else {
            throw BackfillError.notCompleted(run.name, state: run.state)
        }
        guard let query else { return run }
        begin()
        let settings = try settings ?? RunSettings.usable(run.settings, on: connection)
        switch try VerifyQuery(query, settings: settings).answer(on: connection) {
        case .count(let rows): return try record(rows, of: run)
        case .timedOut: throw unreadable(query, "it took too long")
        case .unreadable(let reason): throw unreadable(query, reason)
        }
    }

    /// Stores what the query has returned, and the query, for those who ask again without the definition.
    func record(_ rows: Int64, of run: Run) throws -> Run {
        let answers = try connection.transaction(of: [
            store.statements.setVerifyResult(rows, of: run.id, by: query?.text),
            store.statements.setState(rows == 0 ? .verified : .completed, of: run.id),
            journal.statement(
                rows == 0 ? "backfill.verified" : "backfill.verification_failed",
                subject: run.name,
                detail: "{\"result\": \(rows)}"
            ),
            store.statements.run(run.id),
        ])
        return try answers.last.flatMap { try store.runs(in: $0).first } ?? run
    }

    private func unreadable(_ query: SQLText, _ reason: String) -> BackfillError {
        .verificationUnreadable(backfill: name, place: query.place, reason: reason)
    }
}
