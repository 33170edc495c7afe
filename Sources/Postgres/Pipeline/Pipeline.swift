import CLibPQ
import Foundation

/// Sends statements ahead of their answers (manual, 34.5 "Pipeline Mode").
///
/// The manual warns of a deadlock: a client that only sends and a server that only answers fill each other's buffers
/// and wait for ever. So the socket does not block here, and whenever one direction is full both are served.
final class Pipeline {
    /// How many answers may be outstanding; it bounds the memory on both sides.
    private static let window = 2048
    /// The bytes after which answers are read, however few statements they are.
    private static let byteWindow = 1 << 20

    private let connection: Connection
    private let handle: OpaquePointer
    /// What was sent and not answered yet, oldest first, from ``firstOutstanding`` on.
    private var outstanding: [Command] = []
    private var firstOutstanding = 0
    private var sent = 0
    private var sentBytes = 0
    private var preparedText: String?
    private var result = PipelineResult()
    private var failure: PipelineError?

    /// A message that is answered: the preparation of the statement with this index, or its run.
    private enum Command {
        case prepare(Int, text: String)
        case run(Int, text: String)
    }

    init(_ connection: Connection) throws(PostgresError) {
        self.connection = connection
        handle = try connection.open()
        guard PQenterPipelineMode(handle) == 1 else { throw connection.sendFailure(handle) }
        PQsetnonblocking(handle, 1)
    }

    /// Sends a statement; `false` when an earlier one has failed and nothing more is wanted.
    func send(_ sql: SQL) throws -> Bool {
        let text = sql.text
        let parameters = sql.parameters
        try Connection.refuseNUL(in: text, parameters)
        if text != preparedText { try prepare(text, parameters) }
        try connection.sendPrepared("", parameters, over: handle)
        outstanding.append(.run(sent, text: text))
        sent += 1
        sentBytes += parameters.reduce(0) { $0 + $1.count }
        if outstanding.count - firstOutstanding >= Self.window || sentBytes >= Self.byteWindow {
            sentBytes = 0
            try expect(PQsendFlushRequest(handle))
            try exchange(until: Self.window / 2)
        }
        return failure == nil
    }

    /// Waits for all answers and leaves the connection as it was.
    func finish() throws -> PipelineResult {
        do {
            try expect(PQpipelineSync(handle))
            try exchange(until: 0)
            try takeSync()
        } catch {
            // Half-read answers would be taken for those of the next statement.
            connection.close()
            throw error
        }
        PQsetnonblocking(handle, 0)
        try expect(PQexitPipelineMode(handle))
        if let failure { throw failure }
        return result
    }

    private func prepare(_ text: String, _ parameters: [Parameter]) throws(PostgresError) {
        let types = parameters.map(\.type.rawValue)
        try expect(PQsendPrepare(handle, "", text, Int32(types.count), types))
        preparedText = text
        outstanding.append(.prepare(sent, text: text))
    }

    /// Sends and reads until no more than so many answers are outstanding.
    private func exchange(until limit: Int) throws(PostgresError) {
        var isSending = try flush()
        while true {
            try takeAnswers()
            guard isSending || outstanding.count - firstOutstanding > limit else { return }
            try wait(forRoom: isSending)
            isSending = try flush()
        }
    }

    private func flush() throws(PostgresError) -> Bool {
        let state = PQflush(handle)
        guard state >= 0 else { throw connection.lost() }
        return state == 1
    }

    private func wait(forRoom isSending: Bool) throws(PostgresError) {
        var poller = pollfd(
            fd: PQsocket(handle),
            events: Int16(POLLIN | (isSending ? POLLOUT : 0)),
            revents: 0
        )
        let ready = poll(&poller, 1, -1)
        guard ready > 0, poller.revents & ~Int16(POLLOUT) != 0 else { return }
        guard PQconsumeInput(handle) == 1 else { throw connection.lost() }
    }

    /// Takes what has come without waiting for more.
    private func takeAnswers() throws(PostgresError) {
        while firstOutstanding < outstanding.count, PQisBusy(handle) == 0 {
            guard let answer = PQgetResult(handle) else {
                // The end of one command's answers.
                firstOutstanding += 1
                continue
            }
            defer { PQclear(answer) }
            try note(answer, for: outstanding[firstOutstanding])
        }
        if firstOutstanding > Self.window {
            outstanding.removeFirst(firstOutstanding)
            firstOutstanding = 0
        }
    }

    private func note(_ answer: OpaquePointer, for command: Command) throws(PostgresError) {
        // What stands behind a failed statement is not run at all.
        if PQresultStatus(answer) == PGRES_PIPELINE_ABORTED { return }
        switch command {
        case .prepare(let index, let text):
            try fail(index, connection.error(in: answer, statement: text))
        case .run(let index, let text):
            let error = connection.error(in: answer, statement: text)
            try fail(index, error)
            guard error == nil else { return }
            result.statements += 1
            result.affectedRows += Int(String(cString: PQcmdTuples(answer))) ?? 0
        }
    }

    private func fail(_ index: Int, _ error: PostgresError?) throws(PostgresError) {
        guard let error, failure == nil else { return }
        if error.isConnectionLost { throw error }
        failure = PipelineError(index: index, cause: error)
    }

    /// The answer to the sync that ends a pipeline; it alone has no end of its own.
    private func takeSync() throws(PostgresError) {
        while PQisBusy(handle) == 1 { try wait(forRoom: false) }
        guard let answer = PQgetResult(handle) else { throw connection.lost() }
        defer { PQclear(answer) }
        guard PQresultStatus(answer) == PGRES_PIPELINE_SYNC else { throw connection.lost() }
    }

    private func expect(_ success: Int32) throws(PostgresError) {
        guard success == 1 else { throw connection.sendFailure(handle) }
    }
}
