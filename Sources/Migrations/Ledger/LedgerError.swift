public import Postgres

/// Why the ledger cannot be read.
public enum LedgerError: Error, Sendable, CustomStringConvertible {
    /// The role may not read it.
    case notReadable(schema: String, reason: PostgresError)
    /// A row was not written by this tool.
    case unreadableRow(version: String, schema: String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .notReadable(let schema, let reason):
            """
            this role may not read the migration ledger: \(reason)
            Have its owner run: GRANT USAGE ON SCHEMA \(Identifier(schema)) TO role; \
            GRANT SELECT ON ALL TABLES IN SCHEMA \(Identifier(schema)) TO role;
            """
        case .unreadableRow(let version, let schema):
            """
            the row \(version) of \(Identifier(schema, "migration")) was not written by this tool
            Look at it: SELECT * FROM \(Identifier(schema, "migration")) WHERE version = '\(version)';
            """
        }
    }
}
