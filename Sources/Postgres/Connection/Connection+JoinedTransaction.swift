/// Transactions whose statements travel together: what is known beforehand goes with BEGIN, what is known at the end with
/// COMMIT. Written out one by one, BEGIN and COMMIT cost a round trip each, and so does every statement between them.
extension Connection {
    /// Runs statements that are all known beforehand in a transaction, in one round trip, and returns their results.
    ///
    /// - Throws: ``PostgresError`` of the first statement that failed; ``TransactionError``, also where the connection was
    ///   lost on the way and nobody knows whether the COMMIT arrived.
    @discardableResult
    package func transaction(
        _ options: TransactionOptions = TransactionOptions(),
        of statements: [SQL]
    ) throws -> [ResultSet] {
        let start = withOwnSettings(options).beginStatements
        do {
            let answers = try batch(start + statements + ["COMMIT"])
            if answers.last?.commandTag == "ROLLBACK" { throw TransactionError.rolledBackByServer }
            return Array(answers[start.count..<start.count + statements.count])
        } catch let error as PipelineError where error.cause.isConnectionLost {
            close()
            throw TransactionError.outcomeUnknown(error.cause)
        } catch let error as PipelineError {
            throw rollBack(after: error.cause)
        }
    }

    /// Runs `body` in a transaction whose first statements travel with BEGIN and whose last ones with COMMIT.
    ///
    /// - Parameters:
    ///   - opening: run first; their results are handed to the body.
    ///   - body: returns what is left to be done, and what to make of its results.
    /// - Throws: as ``transaction(_:_:)``; statements of both ends fail with their own ``PostgresError``.
    package func transaction<Value>(
        _ options: TransactionOptions = TransactionOptions(),
        opening: [SQL],
        _ body: (Connection, [ResultSet]) throws -> TransactionEnd<Value>
    ) throws -> Value {
        var closing: [SQL] = []
        var answers: [ResultSet] = []
        let end = try run(
            { connection, first in
                let end = try body(connection, first)
                closing = end.statements
                return end
            },
            after: { try begin(options, opening: opening) },
            thenEnd: {
                do {
                    answers = try commit(after: closing)
                } catch let error as PipelineError {
                    throw error.cause
                }
            }
        )
        return try end.value(answers)
    }

    private func begin(_ options: TransactionOptions, opening: [SQL]) throws -> [ResultSet] {
        let start = withOwnSettings(options).beginStatements
        do {
            return Array(try batch(start + opening).dropFirst(start.count))
        } catch let error as PipelineError {
            throw error.cause
        }
    }

    /// ``batch(_:format:)`` for those to whom only the error of the statement matters, as ``rows(_:format:)`` has it.
    package func rows(ofAll statements: [SQL]) throws -> [ResultSet] {
        guard !statements.isEmpty else { return [] }
        do {
            return try batch(statements)
        } catch let error as PipelineError {
            throw error.cause
        }
    }
}

/// What is left to be done in a transaction when its body has ended.
package struct TransactionEnd<Value> {
    let statements: [SQL]
    let value: ([ResultSet]) throws -> Value

    /// - Parameters:
    ///   - statements: sent with COMMIT.
    ///   - value: makes the transaction's value of their results, when it is committed.
    package init(_ statements: [SQL], value: @escaping ([ResultSet]) throws -> Value) {
        (self.statements, self.value) = (statements, value)
    }

    /// Nothing is left to be done.
    package init(_ value: Value) {
        self.init([]) { _ in value }
    }
}
