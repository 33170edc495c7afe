extension Connection {
    /// Runs a small statement for each element, many on their way at once, all in one transaction.
    ///
    /// Only the values travel while the text of the statement stays the same, and nobody waits for an answer before the
    /// next one is sent; answers are read while others are sent, so the size of the batch does not matter. For many
    /// rows into one table a COPY or an array is faster still.
    ///
    /// ```swift
    /// try connection.executeMany(prices) { "UPDATE item SET price = \($0.price) WHERE id = \($0.id)" }
    /// ```
    ///
    /// Inside of ``transaction(_:_:)`` it belongs to that transaction; outside it makes its own.
    ///
    /// - Returns: how many statements ran, and how many rows they changed or returned.
    /// - Throws: ``PipelineError`` with the index of the first statement that failed; ``PostgresError`` when the
    ///   connection is lost; ``TransactionError``; what the elements or `statement` throw.
    @discardableResult
    public func executeMany<Elements: Sequence>(
        _ elements: Elements,
        _ statement: (Elements.Element) throws -> SQL
    ) throws -> PipelineResult {
        guard transactionStatus == .idle else { return try runPipeline(elements, statement) }
        return try transaction { try $0.runPipeline(elements, statement) }
    }

    private func runPipeline<Elements: Sequence>(
        _ elements: Elements,
        _ statement: (Elements.Element) throws -> SQL
    ) throws -> PipelineResult {
        let pipeline = try Pipeline(self)
        do {
            for element in elements {
                guard try pipeline.send(statement(element)) else { break }
            }
        } catch {
            // The answers must be taken away all the same, or the connection is of no use to the ROLLBACK.
            _ = try? pipeline.finish()
            throw error
        }
        return try pipeline.finish()
    }
}

/// What ``Connection/executeMany(_:_:)`` did.
public struct PipelineResult: Hashable, Sendable {
    /// The number of statements that ran.
    public var statements = 0
    /// The number of rows that they changed or returned.
    public var affectedRows = 0

    /// A result of these numbers.
    public init(statements: Int = 0, affectedRows: Int = 0) {
        (self.statements, self.affectedRows) = (statements, affectedRows)
    }
}

/// A statement of a pipeline that failed; those after it did not run, and those before it are rolled back with it.
public struct PipelineError: Error, Sendable, CustomStringConvertible {
    /// Which one it was, counted from 0.
    public let index: Int
    /// Why it failed.
    public let cause: PostgresError

    /// One message for people, who count from 1.
    public var description: String { "Statement \(index + 1) of the batch failed: \(cause)" }
}
