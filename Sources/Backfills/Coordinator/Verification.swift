import Control
import Postgres

/// Runs the verify query of a completed run and records what it returned.
struct Verification {
    private let backfill: Backfill
    private let journal: Journal
    private let store: RunStore
    private let connection: Connection

    init(_ backfill: Backfill, schema: ControlSchema, origin: Origin, on connection: Connection) {
        self.backfill = backfill
        journal = Journal(schema: schema, origin: origin)
        store = RunStore(schema: schema, on: connection)
        self.connection = connection
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
        guard let query = backfill.verification else { return run }
        begin()
        let result = try count(
            query,
            with: settings ?? RunSettings.usable(run.settings, on: connection)
        )
        let answers = try connection.transaction(of: [
            store.statements.setVerifyResult(result, of: run.id),
            store.statements.setState(result == 0 ? .verified : .completed, of: run.id),
            journal.statement(
                result == 0 ? "backfill.verified" : "backfill.verification_failed",
                subject: run.name,
                detail: "{\"result\": \(result)}"
            ),
            store.statements.run(run.id),
        ])
        return try answers.last.flatMap { try store.runs(in: $0).first } ?? run
    }

    private func count(_ query: SQLText, with settings: [TransactionOptions.Setting]) throws -> Int64 {
        do {
            let options = TransactionOptions(
                access: .readOnly,
                // It may read the whole table, which a role's limit for its statements is not about.
                settings: settings + [.init("row_security", "off"), .init("statement_timeout", "0")]
            )
            return try connection.transaction(options) { connection in
                // Our sessions have none for the sake of the catalogs.
                try connection.execute("SET LOCAL jit TO DEFAULT")
                return try connection.queryOne(SQL(unsafe: query.text), as: Int64.self)
            }
        } catch PostgresError.server(let error) where !error.endsSession && error.sqlState != .queryCanceled {
            throw unreadable(query, "\(error)")
        } catch PostgresError.decoding(let failure) {
            throw unreadable(query, "\(failure)")
        } catch PostgresError.invalidArgument(let reason) {
            throw unreadable(query, reason)
        }
    }

    private func unreadable(_ query: SQLText, _ reason: String) -> BackfillError {
        .verificationUnreadable(backfill: backfill.name, place: query.place, reason: reason)
    }
}
