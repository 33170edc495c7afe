public import Postgres

extension Connection {
    /// Writes rows, each a tuple with one value for each column of the sink.
    ///
    /// Rows are taken from the sequence chunk by chunk, so that it may be of any length. How they get to the server
    /// is chosen by ``MethodChoice`` and reported.
    ///
    /// ```swift
    /// let sink = Sink.upsert(into: "city", columns: ["id", "name"], conflict: ["id"])
    /// let result = try connection.write(cities.lazy.map { ($0.id, $0.name) }, to: sink)
    /// print(result.outcome.inserted, result.outcome.updated, result.outcome.unchanged, result.method)
    /// ```
    ///
    /// - Throws: ``TargetError`` with all that does not fit the table, before anything is written; ``WriteError`` for
    ///   options that do not go together; ``WriteStopped`` when some chunks are committed already;
    ///   `PostgresError`.
    @inlinable
    @discardableResult
    public func write<each Value: PostgresEncodable>(
        _ rows: some Sequence<(repeat each Value)>,
        to sink: Sink,
        options: WriteOptions = WriteOptions()
    ) throws -> WriteResult {
        try write(rows, to: sink, options: options) { row, batch in try batch.append(repeat each row) }
    }

    /// Writes what a closure makes of the elements of a sequence: any number of rows for each.
    ///
    /// ```swift
    /// try connection.write(cities, to: sink) { city, batch in
    ///     for name in city.names { try batch.append(city.id, name) }
    /// }
    /// ```
    ///
    /// - Throws: as ``write(_:to:options:)``, and what `append` throws.
    @inlinable
    @discardableResult
    public func write<Element>(
        _ elements: some Sequence<Element>,
        to sink: Sink,
        options: WriteOptions = WriteOptions(),
        _ append: (Element, inout Batch) throws -> Void
    ) throws -> WriteResult {
        var iterator = elements.makeIterator()
        return try write(to: sink, options: options) { batch in
            while !options.chunk.isReached(by: batch) {
                guard let element = iterator.next() else { return .ended }
                try append(element, &batch)
            }
            return .full
        }
    }

    /// Writes what is filled in, chunk by chunk. Apart from the loops over elements, which are compiled where the
    /// elements' type is known: a fifth of a client's time went into asking what it is.
    @usableFromInline
    func write(
        to sink: Sink,
        options: WriteOptions,
        _ fill: (inout Batch) throws -> BatchFilling
    ) throws -> WriteResult {
        var run = WriteRun(sink, options, .counts, on: self)
        return try run.run(fill)
    }
}
