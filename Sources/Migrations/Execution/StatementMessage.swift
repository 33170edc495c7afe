import Postgres
import SQLSyntax

/// A statement of a `transaction:false` file together with what is recorded of it, in one message.
struct StatementMessage {
    /// Where the statement stands.
    enum Order {
        case statementFirst
        /// It ends the transaction in which it is recorded.
        case recordFirst
        /// It was sent before: a COPY cannot travel with others.
        case statementSent
    }

    private let run: MigrationRun
    private let step: MigrationStep
    /// The statement's place in the file, from 0.
    private let index: Int

    /// Sent before all else, in the transaction of the statement.
    var before: [SQL] = []
    var order = Order.statementFirst
    /// Whether deferred triggers do their work before the record is written, while the session is as the file wants it.
    var firesDeferred = true
    /// What is recorded, in the transaction of the statement.
    var record: [SQL] = []
    /// Sent when that is committed, as another transaction.
    var afterwards: [SQL] = []

    private enum Place {
        case statement, deferred, ours
    }

    init(_ run: MigrationRun, _ step: MigrationStep, _ index: Int) {
        (self.run, self.step, self.index) = (run, step, index)
    }

    /// Sends all of it and returns the answers.
    ///
    /// - Throws: `FailedStatement` of the statement and of the triggers that it has put off; `PostgresError` of what stands around
    ///   it; `TransactionError.outcomeUnknown` when the connection was lost without a word. The transaction is rolled back.
    func perform() throws -> [ResultSet] {
        let exchange = try Exchange(run.connection)
        do {
            if order != .statementSent { run.hooks.onEvent(.statementStarted(step, ordinal: index + 1)) }
            for (sql, place) in parts {
                try exchange.send(sql)
                if place == .statement { try exchange.askForAnswers() }
            }
            try exchange.sync()
            // The server hands the first answers out together with that of the statement.
            let answers = try run.watching(index, of: step) {
                try parts.compactMap { try take($0.place, from: exchange) }
            }
            exchange.finish()
            return answers
        } catch {
            exchange.finish()
            throw end(after: error)
        }
    }

    private var parts: [(sql: SQL, place: Place)] {
        let ours = { (statements: [SQL]) in statements.map { (sql: $0, place: Place.ours) } }
        let statement = (sql: SQL(unsafe: step.section.statements[index].text), place: Place.statement)
        let deferred = firesDeferred ? [(sql: SessionStatements.fireDeferred, place: Place.deferred)] : []
        let middle =
            switch order {
            case .statementFirst: [statement] + deferred + ours(record)
            case .recordFirst: deferred + ours(record) + [statement]
            case .statementSent: deferred + ours(record)
            }
        return ours(before) + middle + ours(afterwards)
    }

    private func take(_ place: Place, from exchange: Exchange) throws -> ResultSet? {
        guard place != .ours else { return try exchange.take() }
        do {
            return try place == .statement ? takeStatement(from: exchange) : exchange.take()
        } catch let error as PostgresError {
            let (statement, source) = (step.section.statements[index], step.section.source)
            throw place == .statement
                ? FailedStatement(error, statement: statement, ordinal: index + 1, in: source)
                : FailedStatement(error, standingIn: statement, ordinal: index + 1, in: source)
        }
    }

    private func takeStatement(from exchange: Exchange) throws -> ResultSet? {
        let start = ContinuousClock.now
        let answer = try exchange.take()
        let duration = ContinuousClock.now - start
        run.hooks.onEvent(.statementFinished(step, ordinal: index + 1, duration: duration))
        return answer
    }

    /// A connection that was lost anywhere leaves open what was done: the COMMIT was sent along.
    private func end(after error: any Error) -> any Error {
        let cause = (error as? FailedStatement)?.error ?? error as? PostgresError
        guard let cause, cause.isConnectionLost else { return run.connection.rollBack(after: error) }
        run.connection.close()
        return TransactionError.outcomeUnknown(cause)
    }
}
