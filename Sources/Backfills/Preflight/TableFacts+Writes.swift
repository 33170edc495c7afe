import Postgres

/// What the catalog is asked about tables that are written to.
extension TableFacts {
    /// A trigger that is switched on.
    struct Trigger: Sendable, Hashable {
        /// When it fires.
        enum Timing: String, Sendable { case before = "BEFORE", after = "AFTER", insteadOf = "INSTEAD OF" }
        /// How often it fires.
        enum Level: String, Sendable { case row = "ROW", statement = "STATEMENT" }

        let table: Int64
        let name: String
        let timing: Timing
        let level: Level
        /// `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`.
        let events: Set<String>
        /// It sees all rows of a statement as a table.
        let hasTransitionTables: Bool
        /// The function's name.
        let function: String
    }

    /// The triggers of some tables that fire in a session like this one; the server's own (of foreign keys) are left out.
    func triggers(of tables: [Int64]) throws -> [Trigger] {
        try catalog.query(
            CatalogStatements.triggers(of: tables),
            as: Int64.self,
            String.self,
            String.self,
            String.self,
            TextArray.self,
            Bool.self,
            String.self
        ).map { table, name, timing, level, events, hasTables, function in
            Trigger(
                table: table,
                name: name,
                timing: Trigger.Timing(rawValue: timing) ?? .after,
                level: Trigger.Level(rawValue: level) ?? .row,
                events: Set(events.elements.compactMap { $0 }),
                hasTransitionTables: hasTables,
                function: function
            )
        }
    }

    /// The names of the rules that some tables have for an event, such as `UPDATE`.
    func rules(of tables: [Int64], for event: String) throws -> [String] {
        try catalog.query(CatalogStatements.rules(of: tables, for: event), as: String.self)
    }

    /// A table whose changes change columns of another one by a foreign key.
    struct Cascade {
        let table: Int64
        let column: String
        let constraint: String
        /// A DELETE does it too.
        let byDelete: Bool
    }

    /// The foreign keys by which columns of a table get other values.
    func cascades(into table: Int64, columns: Set<String>) throws -> [Cascade] {
        try catalog.query(
            CatalogStatements.cascades(into: table),
            as: Int64.self,
            String.self,
            String.self,
            Bool.self,
            String.self
        ).filter { columns.contains($0.4) }.map {
            Cascade(table: $0.0, column: $0.1, constraint: $0.2, byDelete: $0.3)
        }
    }

    /// The generated columns of a table, each with the columns that it is computed from.
    func generatedColumns(of table: Int64) throws -> [String: Set<String>] {
        let pairs = try catalog.query(
            CatalogStatements.generatedColumns(ofTable: table),
            as: String.self,
            String.self
        )
        return Dictionary(grouping: pairs, by: \.0).mapValues { Set($0.map(\.1)) }
    }
}
