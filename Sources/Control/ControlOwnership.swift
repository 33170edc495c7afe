package import Postgres

/// Whose the control schema and what is in it are.
///
/// Whoever owns a table can put a view or a trigger in its place, whose code then runs with the rights of whoever looks at it. So
/// before the tables are read, and in the same message, the server is asked whether they belong to this role, to a role of which it is
/// a member, to the owner of the database, or to a superuser, who could do everything anyway. The question fails where they do not,
/// and what stands behind it is not run.
struct ControlOwnership {
    let schema: ControlSchema

    /// The question; see ``strangers(in:)`` for its failure. It takes 4 ms in a fresh session and 1.4 ms afterwards: what belongs to
    /// this role itself, as it mostly does, is known without asking who is a member of what.
    var statement: SQL {
        """
        SELECT pg_catalog.string_agg(
            owned.kind || pg_catalog.quote_ident(owned.name::pg_catalog.text) || ' belongs to '
                || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(owned.owner)::pg_catalog.text),
            ', ' ORDER BY owned.kind, owned.name
        )::pg_catalog.int4
        FROM (
            SELECT 'the schema '::pg_catalog.text, namespace.nspname, namespace.nspowner
            FROM pg_catalog.pg_namespace AS namespace
            WHERE namespace.nspname = \(schema.name)
            UNION ALL
            SELECT CASE WHEN class.relkind = 'v' THEN 'the view ' ELSE 'the table ' END, class.relname, class.relowner
            FROM \(tables)
            UNION ALL
            SELECT 'the function of the trigger ', trigger.tgname, function.proowner
            FROM \(tables)
            JOIN pg_catalog.pg_trigger AS trigger ON trigger.tgrelid = class.oid AND NOT trigger.tgisinternal
            JOIN pg_catalog.pg_proc AS function ON function.oid = trigger.tgfoid
        ) AS owned (kind, name, owner)
        WHERE pg_catalog.pg_get_userbyid(owned.owner) NOT IN (current_user, session_user, 'pg_database_owner')
          AND owned.owner NOT IN (
              WITH RECURSIVE mine AS (
                  SELECT role.oid
                  FROM pg_catalog.pg_roles AS role
                  WHERE role.rolname IN (current_user, session_user)
                  UNION
                  SELECT membership.roleid
                  FROM pg_catalog.pg_auth_members AS membership
                  JOIN mine ON mine.oid = membership.member
              )
              SELECT mine.oid FROM mine
              UNION ALL
              SELECT role.oid FROM pg_catalog.pg_roles AS role WHERE role.rolsuper
              UNION ALL
              SELECT database.datdba
              FROM pg_catalog.pg_database AS database
              WHERE database.datname = pg_catalog.current_database()
          )
        """
    }

    /// The relations that bear the name of a table of any version of the tool.
    private var tables: SQL {
        """
        pg_catalog.pg_namespace AS namespace
            JOIN pg_catalog.pg_class AS class
                ON class.relnamespace = namespace.oid AND namespace.nspname = \(schema.name)
                    AND class.relname = ANY (\(PostgresArray(ControlTables.known.map(\.name)))::pg_catalog.text[])
        """
    }

    /// What belongs to others, when that is why ``statement`` failed: their names in one text are no number.
    static func strangers(in error: PostgresError) -> String? {
        guard case .server(let server) = error, server.sqlState.rawValue == "22P02",
            let first = server.message.firstIndex(of: "\""), let last = server.message.lastIndex(of: "\""),
            first < last
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
