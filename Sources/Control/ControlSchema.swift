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

        /// The version of the tables; 0 where there are none.
        package func version(of component: Component) -> Int {
            switch self {
            case .absent: 0
            case .older(let version): version
            case .current: component.version
            }
        }
    }

    /// Looks how a set of tables stands, without writing.
    ///
    /// - Throws: ``ControlError/newerTables(schema:component:found:known:)`` when a newer tool made them;
    ///   ``ControlError/foreign(schema:objects:)`` when they belong to somebody else, before anything of them is read.
    package func standing(of component: Component, on connection: Connection) throws -> Standing {
        try standings(of: [component], on: connection)[0]
    }

    /// The same for several sets, at the price of one.
    package func standings(of components: [Component], on connection: Connection) throws -> [Standing] {
        guard try connection.queryOne(existence(on: connection), as: Bool.self) else {
            return components.map { _ in .absent }
        }
        return try recordedStandings(of: components, on: connection)
    }

    private func recordedStandings(of components: [Component], on connection: Connection) throws -> [Standing]
    {
        try knowingStrangers { try standings(of: components, in: reading([versions], on: connection)[0]) }
    }

    /// Says so where the table `component` of a schema that is shared with others is one of theirs.
    ///
    /// - Throws: ``ControlError/nameTaken(schema:table:)``, and what the body throws.
    package func knowingStrangers<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch PostgresError.decoding {
            throw ControlError.nameTaken(schema: name, table: "component")
        } catch let error as PostgresError where error.sqlState?.rawValue == "42703" {
            throw ControlError.nameTaken(schema: name, table: "component")
        }
    }

    /// Asks whether there are any of the tables, for those who ask for more in the same round trip.
    ///
    /// The look-up by name is the cheapest question that a fresh session can be asked, but it answers from a cache which is
    /// refreshed when a transaction begins: inside of one that has waited for the install lock the rows of the catalog are asked.
    package func existence(on connection: Connection) -> SQL {
        connection.transactionStatus == .idle
            ? "SELECT pg_catalog.to_regclass(\(table("component").quoted)) IS NOT NULL"
            : existenceInCatalog
    }

    /// The same for those who have just taken a lock in the same message: null where the server answers for an earlier moment, as
    /// it does where sessions begin with `repeatable read`.
    package var existenceNow: SQL {
        """
        SELECT CASE WHEN pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.=) 'read committed'
                    THEN (\(existenceInCatalog)) END
        """
    }

    private var existenceInCatalog: SQL {
        """
        SELECT EXISTS (
            SELECT FROM pg_catalog.pg_class AS class
            JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace
            WHERE namespace.nspname OPERATOR(pg_catalog.=) \(name)
              AND class.relname OPERATOR(pg_catalog.=) 'component'
        )
        """
    }

    /// Asks for the versions of all sets, where there are any of the tables.
    package var versions: SQL { "SELECT name, version FROM \(identifier: table("component"))" }

    /// How sets of tables stand, from the answer to ``versions``.
    ///
    /// - Throws: as ``standing(of:on:)``.
    package func standings(of components: [Component], in versions: ResultSet) throws -> [Standing] {
        let found = try versions.map { try $0.decode(String.self, Int.self) }
        return try components.map { component in
            try standing(version: found.first { $0.0 == component.name }?.1, of: component)
        }
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
        let components = withFoundation(component)
        guard try standings(of: components, on: connection).contains(where: { $0 != .current }) else {
            return
        }
        try upgrade(component, on: connection)
    }

    /// The same for those who have looked how the tables stand, and found work to do.
    package func upgrade(_ component: Component, on connection: Connection) throws {
        let components = withFoundation(component)
        do {
            try connection.transaction(Self.clean, opening: look(for: components)) { connection, answers in
                let exists = try answers[1].first?.value(Bool.self, at: 0) ?? false
                let found =
                    exists
                    ? try recordedStandings(of: components, on: connection) : components.map { _ in .absent }
                let work = zip(components, found).filter { $0.1 != .current }
                // Another process may have done it while this one waited for the lock.
                guard !work.isEmpty else { return TransactionEnd(()) }
                let new = Set(work.filter { $0.1 == .absent }.flatMap(\.0.tableNames))
                let taken = try ControlTables.candidates(in: answers[3]).filter { new.contains($0.name) }
                try clearAway(taken, on: connection)
                let statements = work.flatMap { scripts(of: $0.0, from: $0.1) }
                return TransactionEnd(statements + work.map { record($0.0) }) { _ in }
            }
        } catch let error as PostgresError where ControlOwnership.strangers(in: error) != nil {
            throw ControlError.foreign(schema: name, objects: ControlOwnership.strangers(in: error) ?? "")
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
            throw ControlError.notAllowed(schema: name, reason: error)
        } catch let error as PostgresError where error.sqlState == .readOnlyTransaction {
            throw ControlError.readOnly(reason: error)
        }
    }

    private func withFoundation(_ component: Component) -> [Component] {
        component.name == Component.foundation.name ? [component] : [.foundation, component]
    }

    /// Takes the install lock and asks what is there: the tables, whether anything of it is somebody else's, the schema too, and
    /// what else has the names of the tables.
    private func look(for components: [Component]) -> [SQL] {
        [
            "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(\(name), 0))",
            existenceInCatalog,
            ControlOwnership(schema: self).statement,
            ControlTables.candidates(for: components, in: self),
        ]
    }

    /// In the scripts names are the server's, whatever the role or the database has set.
    private static var clean: TransactionOptions {
        TransactionOptions(settings: [.init("search_path", "pg_catalog, pg_catalog.pg_temp")])
    }

    /// Makes room for sets of tables that are to be made: a schema that was restored without rows has them already, and
    /// nothing tells their version. There is nothing in them that could be lost.
    private func clearAway(_ found: [ControlTables.Candidate], on connection: Connection) throws {
        guard !found.isEmpty else { return }
        if let stranger = found.first(where: { !$0.isOurs }) {
            throw ControlError.nameTaken(schema: name, table: stranger.name)
        }
        let tables = found.map { table($0.name) }
        let list = tables.map { SQL("\(identifier: $0)") }.joined(separator: ", ")
        try connection.execute("LOCK TABLE \(list) IN ACCESS EXCLUSIVE MODE")
        let full = try found.filter { candidate in
            let isFull: SQL = "SELECT EXISTS (SELECT FROM \(identifier: table(candidate.name)))"
            return try connection.queryOne(isFull, as: Bool.self)
        }
        guard full.isEmpty else { throw ControlError.versionUnknown(schema: name, tables: full.map(\.name)) }
        try connection.execute("DROP TABLE \(list)")
    }

    /// The scripts that a set of tables needs.
    private func scripts(of component: Component, from standing: Standing) -> [SQL] {
        switch standing {
        case .current: []
        case .absent: component.scripts.flatMap { $0(self) }
        case .older(let version): component.scripts[version...].flatMap { $0(self) }
        }
    }

    private func record(_ component: Component) -> SQL {
        """
        INSERT INTO \(identifier: table("component")) (name, version) VALUES (\(component.name), \(component.version))
        ON CONFLICT (name) DO UPDATE SET version = excluded.version, upgraded_at = pg_catalog.clock_timestamp()
        """
    }
}
