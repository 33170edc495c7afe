import Control
public import Postgres

/// What `pg_dump` is to write.
public enum DumpContents: Hashable, Sendable {
    /// The schema alone, whoever owns it: for `SchemaDump`.
    case schema
    /// The schema with its owners, and all rows: for `Squasher`.
    case everything

    /// The arguments, without those that name the database.
    ///
    /// Subscriptions are left out for the passwords in them, tablespaces because other servers have others.
    public func arguments(without own: LeftOut) -> [String] {
        let common = ["--no-tablespaces", "--no-subscriptions"] + own.arguments
        return self == .schema ? common + ["--schema-only", "--no-owner"] : common
    }

    /// The tables of this tool, which are never a part of a dump: neither those of the ledger at hand nor those of another one
    /// in the same database, which would have no rows where the dump is loaded.
    ///
    /// A schema in which there is nothing else is left out as a whole; from one that is shared with tables of users only these
    /// are, with the sequences, indexes and constraints that belong to them.
    public struct LeftOut: Hashable, Sendable {
        /// A database without any.
        static let nothing = LeftOut(arguments: [])

        let arguments: [String]

        private init(arguments: [String]) {
            self.arguments = arguments
        }

        /// Looks which there are in a database.
        public init(on connection: Connection) throws {
            let own = try ControlTables(on: connection)
            let schemas = try own.exclusiveSchemas(on: connection)
            let tables = own.tables.filter { !schemas.contains($0.schema) }
            arguments =
                schemas.map { "--exclude-schema=\(Identifier($0).quoted)" }
                + tables.map { "--exclude-table=\($0.identifier.quoted)" }
        }
    }
}
