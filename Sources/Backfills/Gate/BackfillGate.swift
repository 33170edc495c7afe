import Control
public import Postgres

/// Says whether what waits for a backfill may go on, such as a migration that drops what was copied.
///
/// It looks at the data. What the control tables say was true when it was written: since then a column may have been reverted and
/// made again, or the database restored. So nothing is let through before the verify query has returned 0 once more.
///
/// ```swift
/// let gate = BackfillGate()
/// let answer = try gate.check("fill_email_key", as: directory.backfill(named: "fill_email_key"), on: connection)
/// ```
public struct BackfillGate: Sendable {
    /// What the look came to.
    public enum Answer: Sendable, Hashable {
        /// The verify query has returned 0.
        case open
        /// It stays shut.
        case closed(GateObstacle)
    }

    private let schema: ControlSchema
    private let limit: Timeout
    private var origin: Origin { .current }

    /// Makes a gate.
    ///
    /// - Parameters:
    ///   - schema: where the control tables are.
    ///   - limit: how long a verify query may take; 0 for as long as it likes.
    public init(schema: String = "caisson", limit: Timeout = .seconds(300)) {
        self.schema = ControlSchema(name: schema)
        self.limit = limit
    }

    /// Looks, and records what it found: with the run, or in the journal where there never was one.
    ///
    /// - Parameters:
    ///   - definition: what the backfill does, where that is known. Without it the query is asked that the run was verified by.
    ///   - connection: a session without settings of anybody's, and without a transaction.
    /// - Throws: `PostgresError` when somebody cancels the query or the session ends; `ControlError` when the tables are newer.
    public func check(_ name: String, as definition: Backfill?, on connection: Connection) throws -> Answer {
        let store = RunStore(schema: schema, on: connection)
        let standing = try schema.standing(of: .backfills, on: connection)
        guard standing != .absent, let status = try store.statuses(of: name).first else {
            return try answerWithoutRun(name, definition, on: connection)
        }
        if let obstacle = GateObstacle(status) { return .closed(obstacle) }
        guard let query = definition?.verification ?? status.run.verifyQuery.map({ SQLText($0) }) else {
            return .closed(.nothingToAsk(definition == nil ? .unknown : .known))
        }
        try schema.install(.backfills, on: connection)
        return try answer(status.run, query, on: connection)
    }

    private func answer(_ run: Run, _ query: SQLText, on connection: Connection) throws -> Answer {
        let settings = try RunSettings.usable(run.settings, on: connection)
        let found = try VerifyQuery(query, settings: settings, limit: limit).answer(on: connection)
        guard case .count(let rows) = found else { return .closed(obstacle(found)) }
        let verification = Verification(run.name, query, schema: schema, origin: origin, on: connection)
        _ = try verification.record(rows, of: run)
        return rows == 0 ? .open : .closed(.remains(rows))
    }

    /// A database in which nothing is to be done need not be walked: a fresh one, or one whose tables were filled otherwise.
    private func answerWithoutRun(
        _ name: String,
        _ definition: Backfill?,
        on connection: Connection
    ) throws -> Answer {
        guard let definition else { return .closed(.unknown) }
        guard let query = definition.verification else { return .closed(.neverRun) }
        let found = try VerifyQuery(query, settings: [], limit: limit).answer(on: connection)
        guard case .count(let rows) = found else { return .closed(obstacle(found)) }
        guard rows == 0 else { return .closed(.needed(rows)) }
        try schema.install(.backfills, on: connection)
        try Journal(schema: schema, origin: origin).record(
            "backfill.not_needed",
            subject: name,
            detail: #"{"result": 0, "run": null}"#,
            on: connection
        )
        return .open
    }

    private func obstacle(_ found: VerifyQuery.Answer) -> GateObstacle {
        switch found {
        case .count(let rows): .remains(rows)
        case .timedOut: .timedOut(limit)
        case .unreadable(let reason): .unreadable(reason: reason)
        }
    }
}
