public import Postgres

extension Connection {
    /// Writes rows and returns columns of the rows of the table, decoded.
    ///
    /// ```swift
    /// let sink = Sink.insert(into: "city", columns: ["name"])
    /// let (_, keys) = try connection.write(names, to: sink, returning: ["id"], order: .input, as: Int64.self) {
    ///     name, batch in try batch.append(name)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - elements: what rows are made of.
    ///   - sink: where they go.
    ///   - options: how they are written.
    ///   - columns: the columns to return.
    ///   - order: which rows are returned; by default those that changed.
    ///   - types: the types of the columns.
    ///   - append: makes any number of rows of an element.
    /// - Returns: the counts and the rows, all of which are held in memory.
    /// - Throws: as ``write(_:to:options:)``; ``TargetError/Problem/noOrder(_:)`` among the problems when the order
    ///   of the input cannot be guaranteed, ``TargetError/orderLost(_:)`` when a trigger broke it.
    public func write<Element, each Column: PostgresDecodable>(
        _ elements: some Sequence<Element>,
        to sink: Sink,
        options: WriteOptions = WriteOptions(),
        returning columns: [String],
        order: ReturnOrder = .changed,
        as types: repeat (each Column).Type,
        append: (Element, inout Batch) throws -> Void
    ) throws -> (result: WriteResult, rows: [(repeat each Column)]) {
        let collector = ReturnedRows(columns, order, as: repeat each types).collector
        var iterator = elements.makeIterator()
        var run = WriteRun(sink, options, collector, on: self)
        let result = try run.run { batch in
            while !options.chunk.isReached(by: batch) {
                guard let element = iterator.next() else { return .ended }
                try append(element, &batch)
            }
            return .full
        }
        return (result, collector.rows())
    }

    /// The same for rows that are tuples.
    public func write<each Value: PostgresEncodable, each Column: PostgresDecodable>(
        _ rows: some Sequence<(repeat each Value)>,
        to sink: Sink,
        options: WriteOptions = WriteOptions(),
        returning columns: [String],
        order: ReturnOrder = .changed,
        as types: repeat (each Column).Type
    ) throws -> (result: WriteResult, rows: [(repeat each Column)]) {
        try write(
            rows,
            to: sink,
            options: options,
            returning: columns,
            order: order,
            as: repeat each types
        ) { row, batch in try batch.append(repeat each row) }
    }
}
