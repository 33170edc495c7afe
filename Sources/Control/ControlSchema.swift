package import Postgres

/// The schema in which the tool keeps its own tables, and the sets of tables in it.
///
/// Each set (``Component``) carries its own version in the table `component` and is upgraded by the first newer tool
/// that writes to it. Looking never writes: a role that may only read can ask for everything there is.
public struct ControlSchema: Sendable, Hashable {
    /// The schema's name, `caisson` unless told otherwise.
    public let name: String

    /// Names the schema.
    public init(name: String = "caisson") {
        self.name = name
    }

    /// A table of the schema, always to be written with its schema: a file may have emptied the search path.
    package func table(_ name: String) -> Identifier {
        Identifier(self.name, name)
    }

    /// How a set of tables stands in the database.
    public enum Standing: Sendable, Hashable {
        /// None of its tables exist.
        case absent
        /// The tables are of an older version, which this tool upgrades before it writes.
        case older(version: Int)
        /// The tables are what this tool knows.
        case current
    }

    /// Looks how a set of tables stands, without writing.
    ///
    /// - Throws: ``ControlError/newerTables(schema:component:found:known:)`` when a newer tool made them.
    package func standing(of component: Component, on connection: Connection) throws -> Standing {
        guard try exists(on: connection) else { return .absent }
        let version = try connection.queryOptional(
            "SELECT version FROM \(identifier: table("component")) WHERE name = \(component.name)",
            as: Int.self
        )
        return try standing(version: version, of: component)
    }

    /// Whether there are any of the tables.
    ///
    /// The look-up by name is the cheapest question that a fresh session can be asked, but it answers from a cache which is
    /// refreshed when a transaction begins: inside of one that has waited for the install lock the rows of the catalog are asked.
    private func exists(on connection: Connection) throws -> Bool {
        let question: SQL =
            connection.transactionStatus == .idle
            ? "SELECT to_regclass(\(table("component").quoted)) IS NOT NULL"
            : """
            SELECT EXISTS (
                SELECT FROM pg_class AS class
                JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
                WHERE namespace.nspname = \(name) AND class.relname = 'component'
            )
            """
        return try connection.queryOne(question, as: Bool.self)
    }

    private func standing(version: Int?, of component: Component) throws(ControlError) -> Standing {
        switch version {
        case nil: return .absent
        case component.version: return .current
        case .some(let found) where found < component.version: return .older(version: found)
        case .some(let found):
            throw .newerTables(
                schema: name,
                component: component.name,
                found: found,
                known: component.version
            )
        }
    }

    /// Brings a set of tables to the version that this tool knows; does nothing, and locks nothing, when it is there.
    ///
    /// Any number of processes may call this at once on an empty database: `CREATE … IF NOT EXISTS` alone would race
    /// in the system catalogs, so those that find work to do take turns.
    ///
    /// - Throws: ``ControlError`` when the tables are newer, or when the role may not create them.
    package func install(_ component: Component, on connection: Connection) throws {
        let standings = try [Component.foundation, component].map { try standing(of: $0, on: connection) }
        guard standings != [.current, .current] else { return }
        do {
            try connection.transaction { connection in
                try connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(\(name), 0))")
                try upgrade(.foundation, on: connection)
                try upgrade(component, on: connection)
            }
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
            throw ControlError.notAllowed(schema: name, reason: error)
        } catch let error as PostgresError where error.sqlState == .readOnlyTransaction {
            throw ControlError.readOnly(reason: error)
        }
    }

    private func upgrade(_ component: Component, on connection: Connection) throws {
        let version: Int
        switch try standing(of: component, on: connection) {
        case .current: return
        case .absent: version = 0
        case .older(let found): version = found
        }
        for script in component.scripts[version...] {
            try connection.runScript(script(self).text)
        }
        try connection.execute(
            """
            INSERT INTO \(identifier: table("component")) (name, version) VALUES (\(component.name), \(component.version))
            ON CONFLICT (name) DO UPDATE SET version = excluded.version, upgraded_at = clock_timestamp()
            """
        )
    }
}
