import CLibPQ

/// Statements that travel ahead of their answers, which are taken one by one as they come.
///
/// Where ``Connection/batch(_:format:)`` waits for the last answer, the caller here may look at each one, and send more behind
/// it. What stands behind a failed statement is not run, up to the next ``sync()``. COPY has no place in it.
///
/// libpq warns of a client that only sends and a server that only answers; while it waits for room to send it reads what has
/// come, so that neither waits for ever. What is read so has to be kept: who sends a lot takes answers in between.
package final class Exchange {
    private enum Sent {
        case statement(String)
        case preparation(PreparedStatements.Statement, as: String)
        case sync
    }

    private let connection: Connection
    private let handle: OpaquePointer
    /// What was sent and not answered yet, from ``taken`` on. Texts are let go of as they are answered: those of a big file would
    /// be in memory twice.
    private var sent: [Sent] = []
    private var taken = 0
    private var isSynced = true

    /// Begins one. It must be ended by ``finish()``.
    ///
    /// - Throws: ``PostgresError`` when the connection is gone.
    package init(_ connection: Connection) throws(PostgresError) {
        self.connection = connection
        handle = try connection.open()
        guard PQenterPipelineMode(handle) == 1 else { throw connection.sendFailure(handle) }
    }

    /// Sends a statement.
    ///
    /// - Throws: ``PostgresError`` for what cannot be sent. A connection that is gone is told by the next answer at the latest.
    package func send(_ sql: SQL, format: Format = .text) throws(PostgresError) {
        let (text, parameters) = (sql.text, sql.parameters)
        try Connection.refuseNUL(in: text, parameters)
        try connection.send(text, parameters, format)
        sent.append(.statement(text))
        isSynced = false
    }

    /// Sends a statement of which more will come that differ in their values only: the server reads and plans its text once.
    ///
    /// It is kept in the session under a name of ours, until ``Connection/forgetPreparedStatements()``. Whoever lets others send
    /// `DEALLOCATE ALL` is told by the SQLSTATE 26000 of the next one.
    ///
    /// - Throws: as ``send(_:format:)``.
    package func sendPrepared(_ sql: SQL) throws(PostgresError) {
        let (text, parameters) = (sql.text, sql.parameters)
        let statement = PreparedStatements.Statement(text, parameters)
        try Connection.refuseNUL(in: text, parameters)
        let known = connection.prepared.name(of: statement)
        let name = if let known { known } else { try prepare(statement) }
        try connection.sendPrepared(name, parameters, over: handle)
        sent.append(.statement(text))
        isSynced = false
    }

    private func prepare(_ statement: PreparedStatements.Statement) throws(PostgresError) -> String {
        let name = connection.prepared.newName()
        let sent = PQsendPrepare(handle, name, statement.text, Int32(statement.types.count), statement.types)
        guard sent == 1 else { throw connection.sendFailure(handle) }
        self.sent.append(.preparation(statement, as: name))
        return name
    }

    /// Lets the server begin with what was sent so far, instead of when libpq has 64 KiB or waits for an answer.
    package func flush() throws(PostgresError) {
        guard PQflush(handle) >= 0 else { throw connection.lost() }
    }

    /// Has the server hand out every answer up to here as soon as it has it; otherwise it may wait until ``sync()``.
    package func askForAnswers() throws(PostgresError) {
        guard PQsendFlushRequest(handle) == 1 else { throw connection.sendFailure(handle) }
    }

    /// Ends what stands or falls together: an error passes over the statements up to here, and those behind it are run.
    package func sync() throws(PostgresError) {
        guard PQpipelineSync(handle) == 1 else { throw connection.sendFailure(handle) }
        sent.append(.sync)
        isSynced = true
    }

    /// The answer to the next statement; nil where it was passed over because of an earlier one.
    ///
    /// - Throws: ``PostgresError`` of the statement, or for a connection that is gone.
    package func take() throws(PostgresError) -> ResultSet? {
        // Who looks on while it waits does not send, as libpq does when it waits itself.
        try flush()
        while let next = next() {
            switch next {
            case .sync: try connection.takeSync()
            case .preparation(let statement, let name):
                if try connection.takeResult(of: statement.text) != nil {
                    connection.prepared.add(statement, as: name)
                }
            case .statement(let text): return try connection.takeResult(of: text)
            }
        }
        throw .invalidArgument("there is no statement whose answer could be taken")
    }

    /// Takes the answers that nobody has asked for, and leaves the connection as it was; one that is not to be used any more
    /// is closed.
    package func finish() {
        guard connection.isOpen else { return connection.close() }
        if !isSynced, (try? sync()) == nil { return connection.close() }
        while connection.isOpen, let next = next() { passOver(next) }
        guard connection.isOpen else { return connection.close() }
        if PQexitPipelineMode(handle) != 1 { connection.close() }
    }

    private func next() -> Sent? {
        guard taken < sent.count else { return nil }
        defer {
            taken += 1
            if taken == sent.count || taken == Self.kept {
                sent.removeFirst(taken)
                taken = 0
            }
        }
        return sent[taken]
    }

    /// So that the rest is moved once for so many.
    private static let kept = 64

    private func passOver(_ next: Sent) {
        switch next {
        case .sync: try? connection.takeSync()
        case .preparation(let statement, _): _ = try? connection.takeResult(of: statement.text)
        case .statement(let text): _ = try? connection.takeResult(of: text)
        }
    }
}
