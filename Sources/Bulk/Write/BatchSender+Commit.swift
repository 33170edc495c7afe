import Foundation
import Postgres

extension BatchSender {
    /// Checks sink, values and options together before anything is written.
    ///
    /// - Parameter collector: what is wanted back.
    init<Row>(
        _ sink: Sink,
        _ options: WriteOptions,
        first batch: Batch,
        _ filling: BatchFilling,
        _ collector: RowCollector<Row>,
        on connection: Connection
    ) throws {
        let types = batch.isEmpty ? nil : batch.columnTypes
        let writer = try SinkWriter(sink, types: types, locks: options.locks, on: connection)
        try collector.check(writer)
        if batch.isEmpty, writer.plan.deletesGoneRows { throw TargetError.emptySet(writer.table.name) }
        if writer.plan.needsWholeSet, options.transactions == .perChunk { throw WriteError.wholeSetInChunks }
        try self.init(writer, options, first: batch, filling, collector.results)
    }

    /// Takes the method that was asked for, or chooses one by the first chunk.
    init(
        _ writer: SinkWriter,
        _ options: WriteOptions,
        first batch: Batch,
        _ filling: BatchFilling,
        _ results: MethodChoice.Results
    ) throws(WriteError) {
        let fits = zip(writer.plan.columns, batch.columnTypes).allSatisfy { $0.acceptsBinary($1) }
        let choice = MethodChoice(
            rows: filling == .ended ? .exactly(batch.count) : .moreThan(batch.count),
            work: writer.plan.work,
            encoding: fits ? .columnTypes : .needsCasts,
            results: results,
            values: batch.holdsArrays ? .arrays : .scalars,
            transactions: options.transactions
        )
        self.writer = writer
        switch options.method {
        case .automatic: method = choice.method
        case .only(let wanted):
            if let reason = choice.obstacle(to: wanted) { throw .method(wanted, reason: reason) }
            method = wanted
        }
    }

    /// Writes a batch in a transaction of its own, again where the failure may pass.
    func commit<Row>(
        _ batch: Batch,
        _ options: WriteOptions,
        on connection: Connection,
        _ collector: RowCollector<Row>
    ) throws -> WriteOutcome {
        var attempt = 1
        while true {
            collector.beginAttempt()
            do {
                let outcome = try connection.transaction(options.transaction) { connection in
                    try send(batch, on: connection, collector.perform)
                }
                collector.keep()
                return outcome
            } catch let error as PostgresError where error.isTransient && !error.isConnectionLost {
                guard let delay = options.retry.delay(afterAttempt: attempt) else { throw error }
                Thread.sleep(forTimeInterval: delay)
                attempt += 1
            }
        }
    }
}

extension SinkPlan {
    var work: MethodChoice.Work {
        if needsWholeSet { return .wholeSet }
        return switch action {
        case .insert: .insert
        case .upsert, .update, .delete, .synchronize: .conflict
        }
    }

    /// Whether an empty set would empty the table.
    var deletesGoneRows: Bool {
        switch action {
        case .synchronize(_, gone: .delete), .synchronize(_, gone: .deleteWhere): true
        default: false
        }
    }
}
