import Postgres

/// One call of `session.write`: fills a chunk while no connection is held, then borrows one and writes it.
struct AsyncWriteRun {
    /// Lends a connection.
    typealias Lend = @Sendable (@Sendable (Connection) throws -> Sent) async throws -> Sent

    /// What became of a chunk, and how the next one is to be sent.
    struct Sent: Sendable {
        let sender: BatchSender
        let outcome: WriteOutcome
    }

    private let sink: Sink
    private let options: WriteOptions
    private let lend: Lend
    private var sender: BatchSender?
    private var result = WriteResult()

    init(_ sink: Sink, _ options: WriteOptions, lend: @escaping Lend) {
        (self.sink, self.options, self.lend) = (sink, options, lend)
    }

    /// Writes all rows.
    mutating func run<Rows: AsyncSequence>(
        _ rows: Rows,
        isolation: isolated (any Actor)?,
        _ append: (Rows.Element, inout Batch) throws -> Void
    ) async throws -> WriteResult {
        guard options.transactions == .perChunk else { throw WriteError.oneTransactionAcrossSuspension }
        var batch = Batch()
        do {
            var iterator = rows.makeAsyncIterator()
            while let element = try await iterator.next(isolation: isolation) {
                try append(element, &batch)
                guard options.chunk.isReached(by: batch) else { continue }
                try await write(batch, .full, isolation: isolation)
                batch.removeAll()
            }
            if !batch.isEmpty || sender == nil { try await write(batch, .ended, isolation: isolation) }
        } catch {
            guard result.chunks > 0 else { throw error }
            throw WriteStopped(committed: result, cause: error)
        }
        return result
    }

    private mutating func write(
        _ batch: Batch,
        _ filling: BatchFilling,
        isolation: isolated (any Actor)?
    ) async throws {
        let (sink, options, known) = (sink, options, sender)
        let sent = try await lend { connection in
            let sender = try known ?? BatchSender(sink, options, first: batch, filling, on: connection)
            guard !batch.isEmpty else { return Sent(sender: sender, outcome: WriteOutcome()) }
            let outcome = try sender.commit(batch, options, on: connection) {
                try $0.write($1, count: $2, on: $3)
            }
            return Sent(sender: sender, outcome: outcome)
        }
        sender = sent.sender
        guard !batch.isEmpty else { return }
        result.method = sent.sender.method
        result.outcome += sent.outcome
        result.chunks += 1
    }
}
