public import Postgres

/// Why the control tables cannot be used.
public enum ControlError: Error, Sendable {
    /// A newer tool made the tables, so this one cannot know what they mean.
    case newerTables(schema: String, component: String, found: Int, known: Int)
    /// The role may not create or change the tables.
    case notAllowed(schema: String, reason: PostgresError)
    /// The schema, or something in it, belongs to a role that this one has no reason to trust.
    case foreign(schema: String, objects: String)
    /// Something else in the schema bears the name of one of the tables.
    case nameTaken(schema: String, table: String)
    /// Tables hold rows, and nothing says of which version they are: only a part was restored.
    case versionUnknown(schema: String, tables: [String])
    /// The server takes no writes.
    case readOnly(reason: PostgresError?)

    /// The server is a standby.
    package static let standby = ControlError.readOnly(reason: nil)

    /// What every command says where nothing can be written.
    package static let takesNoWrites = """
        The server takes no writes (a standby, or default_transaction_read_only is on)
        """

    /// And what to do.
    package static let wayToThePrimary = """
        Connect to the primary, for instance with target_session_attrs=read-write in the connection string.
        """
}

extension ControlError: CustomStringConvertible {
    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .newerTables(let schema, let component, let found, let known):
            """
            The tables of \(component) in schema "\(schema)" have version \(found), this tool knows versions up to \
            \(known). Nothing was changed. Use the newer caisson that made them: caisson --version tells which this is.
            """
        case .notAllowed(let schema, let reason):
            """
            This role may not create or change the control tables in schema "\(schema)": \(reason)
            Have an owner of the database run: GRANT CREATE ON DATABASE name TO role; or connect as a role that may.
            """
        case .foreign(let schema, let objects):
            """
            The control tables in schema "\(schema)" are not read: \(objects). That is neither this role, a role of which it is a \
            member, the owner of the database nor a superuser, and whoever owns a control table can have code run by all who look at it.
            If the owner is to be trusted, make this role a member: GRANT owner TO role; or let the owner of the database have \
            what is there: ALTER TABLE … OWNER TO …; or keep the tables in another schema: --schema NAME.
            """
        case .nameTaken(let schema, let table):
            """
            \(Identifier(schema, table)) is not of this tool, so that its own table of that name has no place in the schema \
            "\(schema)". Nothing was changed. Name another schema: --schema caisson
            """
        case .versionUnknown(let schema, let tables):
            """
            \(tables.map { "\(Identifier(schema, $0))" }.joined(separator: ", ")): there are rows, and no row in \
            \(Identifier(schema, "component")) says of which version the tables are: only a part of them was restored. \
            Nothing was changed.
            Restore that table too, from the same dump: pg_restore --data-only --schema=\(Identifier(schema)) --table=component
            """
        case .readOnly(let reason):
            "\(Self.takesNoWrites)\(reason.map { ": \($0)" } ?? ".")\n\(Self.wayToThePrimary)"
        }
    }
}
