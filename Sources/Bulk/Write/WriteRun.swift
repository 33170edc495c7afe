import Postgres

/// One call of `connection.write`: fills chunk after chunk and writes each.
struct WriteRun {
    typealias Fill = (inout Batch) throws -> BatchFilling

    let sink: Sink
    let options: WriteOptions
    let connection: Connection
    var results = MethodChoice.Results.counts
    /// What is still to be checked when the table is known.
    var check: (SinkWriter) throws -> Void = { _ in }
    var perform: BatchSender.Perform = { try $0.write($1, count: $2, on: $3) }
    private(set) var result = WriteResult()

    init(_ sink: Sink, _ options: WriteOptions, on connection: Connection) {
        (self.sink, self.options, self.connection) = (sink, options, connection)
    }

    /// Writes all rows.
    mutating func run(_ fill: Fill) throws -> WriteResult {
        if options.transactions == .perChunk, connection.transactionStatus != .idle {
            throw WriteError.insideTransaction
        }
        var batch = Batch()
        var filling = try fill(&batch)
        let sender = try BatchSender(sink, options, first: batch, filling, results, check, on: connection)
        guard !batch.isEmpty else { return result }
        result.method = sender.method
        switch options.transactions {
        case .perChunk: try writeChunks(&batch, &filling, sender, fill)
        case .one where connection.transactionStatus == .idle:
            try connection.transaction(options.transaction) { _ in
                try writeTogether(&batch, &filling, sender, fill)
            }
        case .one: try writeTogether(&batch, &filling, sender, fill)
        }
        return result
    }

    private mutating func writeTogether(
        _ batch: inout Batch,
        _ filling: inout BatchFilling,
        _ sender: BatchSender,
        _ fill: Fill
    ) throws {
        guard sender.method == .staged else {
            return try forEachChunk(&batch, &filling, fill) { run, batch in
                run.result.outcome += try sender.send(batch, on: run.connection, run.perform)
            }
        }
        var set = StagedSet(sender.writer, types: batch.columnTypes)
        try set.create(on: connection)
        var rows = 0
        try forEachChunk(&batch, &filling, fill) { run, batch in
            try set.append(batch, startingAt: rows, on: run.connection)
            rows += batch.count
        }
        result.outcome += try set.finish(rows: rows, on: connection) {
            try perform(sender.writer, $0, $1, connection)
        }
    }

    private mutating func writeChunks(
        _ batch: inout Batch,
        _ filling: inout BatchFilling,
        _ sender: BatchSender,
        _ fill: Fill
    ) throws {
        do {
            try forEachChunk(&batch, &filling, fill) { run, batch in
                run.result.outcome += try sender.commit(batch, run.options, on: run.connection, run.perform)
            }
        } catch {
            guard result.chunks > 0 else { throw error }
            throw WriteStopped(committed: result, cause: error)
        }
    }

    private mutating func forEachChunk(
        _ batch: inout Batch,
        _ filling: inout BatchFilling,
        _ fill: Fill,
        _ body: (inout WriteRun, Batch) throws -> Void
    ) throws {
        while !batch.isEmpty {
            try body(&self, batch)
            result.chunks += 1
            batch.removeAll()
            if filling == .full { filling = try fill(&batch) }
        }
    }
}
