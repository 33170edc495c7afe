public import Control
import Postgres

/// What `pg_dump` is to write.
public enum DumpContents: Hashable, Sendable {
    /// The schema alone, whoever owns it: for `SchemaDump`.
    case schema
    /// The schema with its owners, and all rows: for `Squasher`.
    case everything

    /// The arguments, without those that name the database.
    ///
    /// Subscriptions are left out for the passwords in them, tablespaces because other servers have others.
    /// - Parameter schema: where the ledger is; it is never a part of a dump.
    public func arguments(excluding schema: ControlSchema) -> [String] {
        let common = [
            "--no-tablespaces", "--no-subscriptions", "--exclude-schema=\(Identifier(schema.name).quoted)",
        ]
        return self == .schema ? common + ["--schema-only", "--no-owner"] : common
    }
}
