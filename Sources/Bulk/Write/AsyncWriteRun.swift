import Postgres
import Synchronization

/// One call of an asynchronous `write`: while a chunk is written on a borrowed connection, the next one is filled.
struct AsyncWriteRun<Row: Sendable> {
    private struct Chunk: Sendable {
        let batch: Batch
        let filling: BatchFilling
    }

    /// What became of a chunk, and how the next one is to be sent.
    private struct Sent: Sendable {
        let sender: BatchSender
        let outcome: WriteOutcome
        let rows: [Row]
    }

    private let sink: Sink
    private let options: WriteOptions
    private let lender: any ConnectionLender
    private let makeCollector: @Sendable () -> RowCollector<Row>
    private var sender: BatchSender?
    private(set) var result = WriteResult()
    private(set) var rows: [Row] = []

    init(
        _ sink: Sink,
        _ options: WriteOptions,
        over lender: any ConnectionLender,
        collector: @escaping @Sendable () -> RowCollector<Row>
    ) {
        (self.sink, self.options, self.lender, makeCollector) = (sink, options, lender, collector)
    }

    /// Writes all rows.
    mutating func run<Rows: AsyncSequence>(
        _ rows: Rows,
        isolation: isolated (any Actor)?,
        _ append: (Rows.Element, inout Batch) throws -> Void
    ) async throws {
        guard options.transactions == .perChunk else { throw WriteError.oneTransactionAcrossSuspension }
        do {
            try await writeChunks(rows, isolation: isolation, append)
        } catch {
            guard result.chunks > 0 else { throw error }
            throw WriteStopped(committed: result, cause: error)
        }
    }

    private mutating func writeChunks<Rows: AsyncSequence>(
        _ rows: Rows,
        isolation: isolated (any Actor)?,
        _ append: (Rows.Element, inout Batch) throws -> Void
    ) async throws {
        var iterator = rows.makeAsyncIterator()
        let hasFailed = Flag()
        var chunk = try await fill(Batch(), &iterator, unless: hasFailed, isolation: isolation, append)
        // Later rows must have the types of the first ones, by which the method was chosen.
        let empty = chunk.batch.rows(0..<0)
        repeat {
            let (write, full) = (writing(chunk), chunk.filling == .full)
            async let sent = hasFailed.raised(by: write)
            var next = Result<Chunk, any Error>.success(Chunk(batch: empty, filling: .ended))
            if full {
                do {
                    let more = try await fill(
                        empty,
                        &iterator,
                        unless: hasFailed,
                        isolation: isolation,
                        append
                    )
                    next = .success(more)
                } catch {
                    next = .failure(error)
                }
            }
            note(try await sent, rows: chunk.batch.count)
            chunk = try next.get()
        } while !chunk.batch.isEmpty
    }

    private func fill<Iterator: AsyncIteratorProtocol>(
        _ empty: Batch,
        _ iterator: inout Iterator,
        unless hasFailed: Flag,
        isolation: isolated (any Actor)?,
        _ append: (Iterator.Element, inout Batch) throws -> Void
    ) async throws -> Chunk {
        var batch = empty
        while !hasFailed.isRaised, let element = try await iterator.next(isolation: isolation) {
            try append(element, &batch)
            if options.chunk.isReached(by: batch) { return Chunk(batch: batch, filling: .full) }
        }
        return Chunk(batch: batch, filling: .ended)
    }

    /// The work of one chunk, for a task of its own.
    private func writing(_ chunk: Chunk) -> @Sendable () async throws -> Sent {
        let (sink, options, known, lender, makeCollector) = (sink, options, sender, lender, makeCollector)
        return {
            try await lender.withConnection { connection in
                let (batch, collector) = (chunk.batch, makeCollector())
                let sender =
                    try known
                    ?? BatchSender(sink, options, first: batch, chunk.filling, collector, on: connection)
                guard !batch.isEmpty else { return Sent(sender: sender, outcome: WriteOutcome(), rows: []) }
                let outcome = try sender.commit(batch, options, on: connection, collector)
                return Sent(sender: sender, outcome: outcome, rows: collector.rows())
            }
        }
    }

    private mutating func note(_ sent: Sent, rows count: Int) {
        sender = sent.sender
        guard count > 0 else { return }
        result.method = sent.sender.method
        result.outcome += sent.outcome
        result.chunks += 1
        rows += sent.rows
    }
}

/// Tells the reader of a sequence that the writer has failed.
private final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .acquiring) }

    func raised<Value: Sendable>(by body: @Sendable () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            value.store(true, ordering: .releasing)
            throw error
        }
    }
}
