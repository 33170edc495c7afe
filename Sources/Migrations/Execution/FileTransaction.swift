import Foundation
import Postgres
import SQLSyntax

/// One attempt to run a file in a transaction of its own, together with its ledger row.
///
/// All of it is one message: BEGIN, the statements, a look whether the lock and the transaction are still ours, the ledger and
/// COMMIT. A file of one statement takes one round trip; over 20 ms that is all the time that it takes. Answers come one by one,
/// so that events, places of errors and the look at who is in the way are those of the statement that runs.
final class FileTransaction {
    /// How the statements travel.
    enum Pace {
        /// All in one message.
        case together
        /// One by one, with the server's word after each whether the transaction is still open: for a file that takes away the
        /// mark by which a COMMIT is told otherwise, as `RESET ALL` does.
        case oneByOne
    }

    /// How an attempt has ended, other than by an error.
    enum End {
        case committed
        /// The connection was lost and nobody has said what came before: the COMMIT had been sent. The statement under way is
        /// that of the error, if it was one of the file.
        case unknown(PostgresError, FailedStatement?)
        /// The mark of the transaction is gone, and no statement is known to have ended it. Everything is rolled back.
        case unmarked
        /// The file has taken away the statements that were prepared for what stands behind it. Everything is rolled back.
        case unprepared
    }

    private enum Place: Equatable {
        case opening, statement(Int), deferred, takeOver, record, commit, cleaning
    }

    /// How much may be sent before answers are read: what comes meanwhile has to be kept.
    private static let window = (statements: 500, bytes: 256 << 10)

    private let run: MigrationRun
    private let step: MigrationStep
    private let start: ContinuousClock.Instant
    private let pace: Pace
    private let mark = String(UInt64.random(in: 0...UInt64.max), radix: 36)

    /// The message under way, if there is one.
    private var message: Exchange?
    /// What is on its way, in order.
    private var places: [Place] = []
    private var bytesOnTheWay = 0
    private var isEndSent = false
    private var isCommitted = false
    /// The first statement of the file that the server calls the end of a transaction.
    private var endedBy: Int?
    /// The transaction's number, once it is known.
    private(set) var transactionID: String?

    private var statements: [Statement] { step.section.statements }

    init(_ run: MigrationRun, _ step: MigrationStep, since start: ContinuousClock.Instant, _ pace: Pace) {
        (self.run, self.step, self.start, self.pace) = (run, step, start, pace)
    }

    /// - Throws: `FailedStatement` of the file, `StepFailure` for everything else. Then nothing is left of it, unless it says so.
    func perform() throws -> End {
        do {
            try send(opening, as: .opening)
            for index in statements.indices { try sendStatement(index) }
            try sendEnd()
            try settle()
            return .committed
        } catch {
            let end = try end(after: error)
            if case .unknown = end { run.connection.close() }
            return end
        }
    }

    // MARK: what is sent

    private var opening: [SQL] {
        let isolation = step.section.options.isolation ?? run.configuration.isolation
        var opening: [SQL] = ["BEGIN ISOLATION LEVEL \(unsafe: isolation.rawValue)"]
        // By SET: a query would be the first of the transaction, and the file could not choose its isolation any more.
        opening.append("SET LOCAL lock_timeout = \(literal: run.lockTimeout(of: step))")
        if let limit = run.statementTimeout(of: step) {
            opening.append("SET LOCAL statement_timeout = \(literal: limit)")
        }
        return opening + [SessionStatements.mark(mark)]
    }

    private func sendStatement(_ index: Int) throws {
        let statement = statements[index]
        if statement.isCopy { return try copy(index) }
        try send([SQL(unsafe: statement.text)], as: .statement(index))
        try exchange().askForAnswers()
        bytesOnTheWay += statement.range.count
        if pace == .oneByOne {
            try settle()
            try checkIsOpen(after: index)
        } else if places.count >= Self.window.statements || bytesOnTheWay >= Self.window.bytes {
            try takeAll()
        }
    }

    /// A COPY speaks the protocol in its own way and cannot travel with others.
    private func copy(_ index: Int) throws {
        try settle()
        try run.sendWithEvents(index, of: step)
        try checkIsOpen(after: index)
    }

    /// The server begins with the file while the rest is put together.
    private func sendEnd() throws {
        try exchange().flush()
        try send([SessionStatements.fireDeferred], as: .deferred)
        let limit = "\(run.configuration.lockTimeout.milliseconds)"
        if let session = run.session {
            let mark = pace == .together ? mark : nil
            try sendUpkeep([SessionStatements.takeOver(session, in: mark, lockLimit: limit)], as: .takeOver)
        }
        try sendUpkeep(run.ledger.finish(step, after: ContinuousClock.now - start), as: .record)
        isEndSent = true
        try send(["COMMIT"], as: .commit)
        try send([SessionStatements.resetSettings], as: .cleaning)
    }

    private func send(_ sql: [SQL], as place: Place) throws(PostgresError) {
        for statement in sql {
            try exchange().send(statement)
            places.append(place)
        }
    }

    private func sendUpkeep(_ sql: [SQL], as place: Place) throws(PostgresError) {
        guard run.upkeep == .prepared else { return try send(sql, as: place) }
        for statement in sql {
            try exchange().sendPrepared(statement)
            places.append(place)
        }
    }

    private func exchange() throws(PostgresError) -> Exchange {
        if let message { return message }
        let begun = try Exchange(run.connection)
        message = begun
        return begun
    }

    // MARK: what is answered

    /// Takes every answer and ends the message, with the transaction left open.
    private func settle() throws {
        try exchange().sync()
        try takeAll()
        finish()
    }

    private func finish() {
        message?.finish()
        message = nil
    }

    private func takeAll() throws {
        while let place = places.first {
            try take(place)
            places.removeFirst()
        }
        bytesOnTheWay = 0
    }

    private func take(_ place: Place) throws {
        switch place {
        case .statement(let index): try takeStatement(index)
        case .takeOver:
            guard let row = try exchange().take()?.first else { return }
            if try row.value(Bool.self, at: 0) { run.isDirty = true }
            transactionID = try row.value(String?.self, named: "number")
        case .commit:
            if try exchange().take()?.commandTag == "ROLLBACK" { throw TransactionError.rolledBackByServer }
            isCommitted = true
        case .opening: try takeOpening()
        case .deferred, .record, .cleaning: _ = try exchange().take()
        }
    }

    /// The server hands these answers out together with that of the first statement, so that is what is waited for.
    private func takeOpening() throws {
        guard places.contains(.statement(0)) else { return _ = try exchange().take() }
        do {
            _ = try run.watching(0, of: step) { try exchange().take() }
        } catch let error as PostgresError where error.isConnectionLost {
            throw failed(error, at: 0)
        }
    }

    private func failed(_ error: PostgresError, at index: Int) -> FailedStatement {
        FailedStatement(error, statement: statements[index], ordinal: index + 1, in: step.section.source)
    }

    private func takeStatement(_ index: Int) throws {
        let answer = try run.withEvents(index, of: step) {
            do {
                return try exchange().take()
            } catch let error as PostgresError {
                throw failed(error, at: index)
            }
        }
        let tags = ["COMMIT", "ROLLBACK", "PREPARE TRANSACTION"]
        if endedBy == nil, statements[index].kind != .savepoint, let tag = answer?.commandTag,
            tags.contains(tag)
        {
            endedBy = index
        }
    }

    private func checkIsOpen(after index: Int) throws {
        if run.connection.transactionStatus != .inTransaction { throw ended(by: index) }
    }

    private func ended(by index: Int) -> StepFailure {
        let reason = MigrationFailure.Reason.endedTransaction(
            file: step.section.source.path,
            line: statements[index].line
        )
        return StepFailure(reason, left: .committedPart)
    }

    // MARK: what goes wrong

    private func end(after error: any Error) throws -> End {
        let place = places.first ?? .opening
        let connection = run.connection
        finish()
        if isCommitted {
            // What is left to do is to clean the session, which the next step sees to.
            run.isDirty = true
            return .committed
        }
        if let cause = Self.silence(error), isEndSent { return .unknown(cause, error as? FailedStatement) }
        run.isDirty = true
        if connection.isOpen, connection.transactionStatus != .idle { try connection.runScript("ROLLBACK") }
        if let endedBy { throw ended(by: endedBy) }
        guard let error = error as? PostgresError else { throw error }
        if run.upkeep == .prepared, error.sqlState == .unknownPreparedStatement,
            [.takeOver, .record].contains(place)
        {
            return .unprepared
        }
        switch place {
        case .takeOver where HeldSession.Doubt(error) == .otherTransaction: return .unmarked
        case .deferred, .commit: throw StepFailure(.commit(error))
        default: throw run.bookkeepingFailure(error, of: step)
        }
    }

    /// The error of a connection that broke without a word. A server that says that it ends the session has not done what it
    /// has not answered.
    private static func silence(_ error: any Error) -> PostgresError? {
        let cause = (error as? FailedStatement)?.error ?? error as? PostgresError
        if case .connection? = cause { return cause }
        return nil
    }
}

extension Statement {
    /// Speaks the protocol of COPY, or may do so.
    var isCopy: Bool {
        kind == .copyFromStdin || words(first: 1) == ["COPY"]
    }
}
