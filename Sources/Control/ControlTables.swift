package import Postgres

/// The tool's own tables in a database, those of every ledger.
///
/// A schema may hold tables of users as well, so they are told by their names and columns and not by where they are.
package struct ControlTables: Hashable, Sendable {
    /// One of them.
    package struct Table: Hashable, Sendable {
        /// Its schema.
        package let schema: String
        /// Its name.
        package let name: String
        /// Its object id.
        package let oid: Int64

        /// Its name with its schema.
        package var identifier: Identifier { Identifier(schema, name) }
    }

    /// All that were found.
    package let tables: [Table]

    /// Their object ids.
    package var oids: [Int64] { tables.map(\.oid) }

    /// The schemas that hold some.
    package var schemas: [String] { Set(tables.map(\.schema)).sorted() }

    /// The schemas other than one's own that hold a table of a name.
    package func schemas(with name: String, besides own: ControlSchema) -> [ControlSchema] {
        tables.filter { $0.name == name && $0.schema != own.name }.map { ControlSchema(name: $0.schema) }
    }

    /// Looks for them. Writes nothing.
    package init(on connection: Connection) throws {
        try self.init(in: connection.rows(Self.question))
    }

    /// Takes the answer to ``question``, which was asked together with something else.
    package init(in answer: ResultSet) throws {
        let found = try answer.map { row in
            let (schema, name, oid, isOurs) = try row.decode(String.self, String.self, Int64.self, Bool.self)
            return (table: Table(schema: schema, name: name, oid: oid), isOurs: isOurs)
        }.filter(\.isOurs).map(\.table)
        // A table with a name, a version and a time may be anybody's; beside our journal it is ours.
        let foundations = Component.foundation.tableNames
        let schemas = Dictionary(grouping: found, by: \.schema)
            .filter { foundations.isSubset(of: $0.value.map(\.name)) }
        tables = found.filter { schemas[$0.schema] != nil }
    }

    /// The question which relations bear one of the names: schema, name, object id, whether it has the columns.
    package static let question: SQL = """
        \(candidates)
        ORDER BY 1, 2
        """

    private static let candidates: SQL = """
        SELECT namespace.nspname, class.relname, class.oid::pg_catalog.int8,
               class.relkind = 'r' AND NOT EXISTS (
                   SELECT FROM pg_catalog.unnest(pg_catalog.string_to_array(known.columns, ',')) AS wanted (name)
                   WHERE NOT EXISTS (
                       SELECT FROM pg_catalog.pg_attribute AS attribute
                       WHERE attribute.attrelid = class.oid AND attribute.attname = wanted.name
                         AND attribute.attnum > 0 AND NOT attribute.attisdropped
                   )
               )
        FROM ROWS FROM (
            pg_catalog.unnest(\(PostgresArray(known.map(\.name)))::pg_catalog.text[]),
            pg_catalog.unnest(\(PostgresArray(known.map { $0.columns.joined(separator: ",") }))::pg_catalog.text[])
        ) AS known (name, columns)
        JOIN pg_catalog.pg_class AS class ON class.relname = known.name
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        """

    /// Those of the schemas in which there is nothing but these tables and what belongs to them.
    package func exclusiveSchemas(on connection: Connection) throws -> [String] {
        try connection.query(exclusive, as: String.self)
    }

    /// Whatever lies in a schema depends on it, of whatever kind it is; indexes and types of rows depend on their tables.
    private var exclusive: SQL {
        """
        SELECT namespace.nspname
        FROM pg_catalog.pg_namespace AS namespace
        WHERE namespace.nspname = ANY (\(schemas)) AND namespace.nspname <> 'public' AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS inside
            WHERE inside.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid
              AND inside.refobjid = namespace.oid
              AND NOT (
                  inside.classid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AND (
                      inside.objid::pg_catalog.int8 = ANY (\(oids))
                      OR EXISTS (
                          SELECT FROM pg_catalog.pg_depend AS owned
                          WHERE owned.classid = inside.classid AND owned.objid = inside.objid
                            AND owned.refclassid = inside.classid AND owned.refobjid::pg_catalog.int8 = ANY (\(oids))
                      )
                  )
              )
        )
        ORDER BY 1
        """
    }

    // MARK: in one schema

    /// A relation with the name of one of our tables, in the schema where these are to be.
    struct Candidate {
        let name: String
        let isOurs: Bool
    }

    /// Asks for the relations with the names of the tables of some sets.
    static func candidates(for components: [Component], in schema: ControlSchema) -> SQL {
        """
        \(candidates)
        WHERE namespace.nspname = \(schema.name) AND known.name = ANY (\(components.flatMap(\.tableNames)))
        """
    }

    static func candidates(in answer: ResultSet) throws -> [Candidate] {
        try answer.map { row in
            Candidate(name: try row.value(String.self, at: 1), isOurs: try row.value(Bool.self, at: 3))
        }
    }

    // MARK: what they look like

    /// A table that some version of the tool makes, and columns that it has in all versions.
    struct Known {
        let component: String
        let name: String
        let columns: [String]

        init(_ component: String, _ name: String, _ columns: String...) {
            (self.component, self.name, self.columns) = (component, name, columns)
        }
    }

    static let known = [
        Known("control", "component", "name", "version", "upgraded_at"),
        Known(
            "control",
            "event",
            "at",
            "subject",
            "event",
            "detail",
            "actor",
            "host",
            "tool_version",
            "database_role"
        ),
        Known(
            "migration",
            "migration",
            "version",
            "name",
            "kind",
            "state",
            "checksum",
            "normalized_checksum",
            "up_text"
        ),
        Known("migration", "migration_statement", "version", "direction", "ordinal", "hash", "finished_at"),
        Known("backfills", "backfill_run", "name", "definition", "definition_hash", "source_table", "wanted"),
        Known("backfills", "backfill_range", "run_id", "ordinal", "cursor", "epoch", "lease_until"),
        Known("backfills", "backfill_skipped", "run_id", "range_id", "key", "sqlstate", "message"),
        Known("imports", "import_run", "file", "target", "options", "byte_offset", "rows_proposed"),
        Known("imports", "import_skipped", "run_id", "line", "text", "reason"),
    ]
}

extension Component {
    /// The tables that it has had in any version.
    var tableNames: Set<String> {
        Set(ControlTables.known.filter { $0.component == name }.map(\.name))
    }
}
