/// One statement of a script.
public struct Statement: Hashable, Sendable {
    /// The statement from its first token to its last: no comments around it, no semicolon at its end.
    public let text: String

    /// The bytes of `text` in the script.
    public let range: Range<Int>

    /// The line of its first token, from 1.
    public let line: Int

    /// What matters about it to whoever runs it.
    public let kind: StatementKind

    /// For `COPY ... FROM STDIN`, the bytes of its data lines in the script, without the closing `\.`.
    public let copyData: Range<Int>?
}

/// What a statement means for the transaction around it.
public enum StatementKind: Hashable, Sendable {
    /// Runs in a transaction and leaves it open.
    case ordinary
    /// Runs in a transaction; its data stands in the script behind it.
    case copyFromStdin
    /// Begins or ends a transaction, such as `COMMIT`. The command is given in capitals.
    case transactionControl(command: String)
    /// Sets, releases or goes back to a savepoint: harmless inside a transaction, an error outside.
    case savepoint
    /// Refused by the server inside a transaction block. The command is given in capitals, as the server
    /// names it.
    case outsideTransactionOnly(command: String)
    /// Whether it may run inside a transaction block depends on what it meets: `CALL`, `DO`, `DROP
    /// SUBSCRIPTION`, ...
    case dependsOnTarget(command: String)
}
