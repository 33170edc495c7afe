package import Postgres

/// Whose the control schema and what is in it are.
///
/// Whoever owns a table can put a view or a trigger in its place, whose code then runs with the rights of whoever looks at it. So
/// before the tables are read, and in the same message, the server is asked whether they belong to this role, to a role of which it is
/// a member, to the owner of the database, or to a superuser, who could do everything anyway. The question fails where they do not,
/// and what stands behind it is not run.
struct ControlOwnership {
    let schema: ControlSchema

    /// The names of all tables that any version of the tool has in its schema.
    private static let tables = [
        "component", "event", "migration", "migration_statement", "backfill_run", "backfill_range", "backfill_skipped",
        "import_run",
    ]

    /// The question; see ``strangers(in:)`` for its failure.
    var statement: SQL {
        """
        WITH RECURSIVE mine AS (
            SELECT role.oid
            FROM pg_catalog.pg_roles AS role
            WHERE role.rolname IN (current_user, session_user)
            UNION
            SELECT membership.roleid
            FROM pg_catalog.pg_auth_members AS membership
            JOIN mine ON mine.oid = membership.member
        ), trusted AS (
            SELECT mine.oid FROM mine
            UNION ALL
            SELECT role.oid FROM pg_catalog.pg_roles AS role WHERE role.rolsuper OR role.rolname = 'pg_database_owner'
            UNION ALL
            SELECT database.datdba
            FROM pg_catalog.pg_database AS database
            WHERE database.datname = pg_catalog.current_database()
        ), relation AS (
            SELECT class.oid, class.relname, class.relkind, class.relowner
            FROM pg_catalog.pg_class AS class
            JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
            WHERE namespace.nspname = \(schema.name)
              AND class.relname = ANY (\(PostgresArray(Self.tables))::pg_catalog.text[])
        ), owned AS (
            SELECT 'the schema '::pg_catalog.text AS kind, namespace.nspname AS name, namespace.nspowner AS owner
            FROM pg_catalog.pg_namespace AS namespace
            WHERE namespace.nspname = \(schema.name)
            UNION ALL
            SELECT CASE WHEN relation.relkind = 'v' THEN 'the view ' ELSE 'the table ' END, relation.relname, relation.relowner
            FROM relation
            UNION ALL
            SELECT 'the function of the trigger ', trigger.tgname, function.proowner
            FROM relation
            JOIN pg_catalog.pg_trigger AS trigger ON trigger.tgrelid = relation.oid AND NOT trigger.tgisinternal
            JOIN pg_catalog.pg_proc AS function ON function.oid = trigger.tgfoid
        )
        SELECT pg_catalog.string_agg(
            owned.kind || pg_catalog.quote_ident(owned.name::pg_catalog.text) || ' belongs to '
                || pg_catalog.quote_ident(role.rolname::pg_catalog.text),
            ', ' ORDER BY owned.kind, owned.name
        )::pg_catalog.int4
        FROM owned
        JOIN pg_catalog.pg_roles AS role ON role.oid = owned.owner
        WHERE owned.owner NOT IN (SELECT trusted.oid FROM trusted)
        """
    }

    /// What belongs to others, when that is why ``statement`` failed: their names in one text are no number.
    static func strangers(in error: PostgresError) -> String? {
        guard case .server(let server) = error, server.sqlState.rawValue == "22P02",
            let first = server.message.firstIndex(of: "\""), let last = server.message.lastIndex(of: "\""), first < last
        else { return nil }
        return String(server.message[server.message.index(after: first)..<last])
    }
}

extension ControlSchema {
    /// Runs statements that read the control tables, behind the look at whose these are, all in one message.
    ///
    /// - Throws: ``ControlError/foreign(schema:objects:)``; `PostgresError` of a statement.
    package func reading(_ statements: [SQL], on connection: Connection) throws -> [ResultSet] {
        let answers = try connection.answers(to: [ControlOwnership(schema: self).statement] + statements)
        guard let failure = answers.failure else { return Array(answers.results.dropFirst()) }
        guard failure.index == 0, let objects = ControlOwnership.strangers(in: failure.cause) else {
            throw failure.cause
        }
        throw ControlError.foreign(schema: name, objects: objects)
    }
}
