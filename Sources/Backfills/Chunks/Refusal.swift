import Postgres

/// An error about a row, met behind a savepoint; what came before it stands.
struct Refusal: Error {
    let reason: SkipReason
}

/// Does something that may fail because of a row, without losing the transaction and its locks over it.
func trying<Value>(
    on connection: Connection,
    _ body: () throws -> Value
) throws -> Result<Value, Refusal> {
    try connection.runScript("SAVEPOINT suspect")
    do {
        let value = try body()
        try connection.runScript("RELEASE SAVEPOINT suspect")
        return .success(value)
    } catch {
        guard FailurePolicy.isAboutRow(error) else { throw error }
        try connection.runScript("ROLLBACK TO SAVEPOINT suspect")
        return .failure(Refusal(reason: SkipReason(error)))
    }
}
