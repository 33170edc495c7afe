public import Bulk
public import Postgres

/// Takes what a row backfill writes for one source row.
public struct Output: Sendable {
    var batch = Batch()

    /// Adds a row for the sink: one value for each of its columns, in their order.
    ///
    /// - Throws: `BatchError` when the row has other types or another number of values than the ones before.
    @inline(__always)
    public mutating func write<each Value: PostgresEncodable>(_ values: repeat each Value) throws(BatchError)
    {
        try batch.append(repeat each values)
    }
}
