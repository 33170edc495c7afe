import CLibPQ

extension Connection {
    /// Runs a few statements in one round trip and returns the result of each.
    ///
    /// For small statements that are known beforehand, where waiting for each answer would take longer than the work:
    /// between two machines a round trip is half a millisecond and more. For many rows there is
    /// ``executeMany(_:_:)``, which reads answers while it sends. Outside of a transaction they are one together.
    ///
    /// - Throws: ``PipelineError`` for the first statement that failed; those behind it did not run.
    package func batch(_ statements: [SQL], format: Format = .text) throws -> [ResultSet] {
        let answers = try answers(to: statements, format: format)
        if let failure = answers.failure { throw failure }
        return answers.results
    }

    /// The same for a batch whose first statements count for themselves when a later one fails, as a COMMIT does that
    /// travels with the transaction behind it. In a pipeline what stands behind a failed statement is not run.
    ///
    /// A batch that could not be sent whole is one whose first statement failed; the connection is closed then.
    ///
    /// - Throws: ``PostgresError`` for what cannot be sent at all.
    package func answers(to statements: [SQL], format: Format = .text) throws -> BatchAnswers {
        let statements = statements.map { (text: $0.text, parameters: $0.parameters) }
        for statement in statements { try Self.refuseNUL(in: statement.text, statement.parameters) }
        let handle = try open()
        guard PQenterPipelineMode(handle) == 1 else { throw sendFailure(handle) }
        do throws(PostgresError) {
            for statement in statements { try send(statement.text, statement.parameters, format) }
            guard PQpipelineSync(handle) == 1 else { throw sendFailure(handle) }
        } catch {
            // Half a batch cannot be taken back.
            close()
            return BatchAnswers(failure: PipelineError(index: 0, cause: error))
        }
        return takeResults(of: statements.map(\.text))
    }

    /// ``batch(_:format:)`` for those to whom only the error of the statement matters, as ``rows(_:format:)`` has it.
    package func rows(ofAll statements: [SQL], format: Format = .text) throws -> [ResultSet] {
        guard !statements.isEmpty else { return [] }
        let answers = try answers(to: statements, format: format)
        if let failure = answers.failure { throw failure.cause }
        return answers.results
    }

    private func takeResults(of statements: [String]) -> BatchAnswers {
        var answers = BatchAnswers()
        for (index, statement) in statements.enumerated() {
            do {
                if let result = try takeResult(of: statement) { answers.results.append(result) }
            } catch {
                answers.failure = answers.failure ?? PipelineError(index: index, cause: error)
            }
        }
        if isOpen { try? takeSync() }
        if isOpen, PQexitPipelineMode(handle) != 1 { close() }
        return answers
    }

    /// The answer to one statement of a batch; nil where it was passed over because of an earlier one.
    func takeResult(of statement: String) throws(PostgresError) -> ResultSet? {
        guard let answer = nextResult() else { throw lost() }
        let failure = error(in: answer, statement: statement)
        let wasPassedOver = PQresultStatus(answer) == PGRES_PIPELINE_ABORTED
        // The end of this statement's answers.
        while let rest = nextResult() { PQclear(rest) }
        guard failure == nil, !wasPassedOver else {
            PQclear(answer)
            if let failure { throw failure }
            return nil
        }
        return ResultSet(answer)
    }

    /// Takes the answer to the sync, which alone has no end of its own. A connection that stands anywhere else would
    /// give the next statement a wrong answer, and is closed.
    func takeSync() throws(PostgresError) {
        let answer = nextResult()
        defer { PQclear(answer) }
        guard PQresultStatus(answer) != PGRES_PIPELINE_SYNC else { return }
        close()
        throw lost()
    }
}

/// What came back for a batch of statements.
package struct BatchAnswers: Sendable {
    /// The results of those that ran, in order: all before the one that failed.
    package fileprivate(set) var results: [ResultSet] = []
    /// The first that failed.
    package fileprivate(set) var failure: PipelineError?
}
