package import Postgres

/// The settings of the server by which the author's text means what it means: where names are looked up, how dates and
/// numbers are read.
///
/// They are taken when a run is made and hold for all its transactions, in every process: a role, a host or a URL may
/// have others, and a trigger may change them in the session. They are set LOCAL, so a pooler is left as it was.
package enum RunSettings {
    /// All but the search path, which is kept as the schemas that it led to.
    private static let names = [
        "TimeZone", "DateStyle", "IntervalStyle", "extra_float_digits", "bytea_output", "client_encoding",
        "standard_conforming_strings", "backslash_quote", "quote_all_identifiers", "array_nulls",
        "transform_null_equals", "default_text_search_config", "xmloption", "xmlbinary", "lc_monetary",
        "lc_numeric", "lc_time", replicationRole,
    ]

    private static let replicationRole = "session_replication_role"

    /// The formats in which keys become text are the same in all runs, so that they are read back as what they were.
    private static let formats = [
        "intervalstyle": "postgres", "extra_float_digits": "3", "bytea_output": "hex",
    ]

    /// The settings that the session has, as an expression of type jsonb.
    ///
    /// The search path is written out: `"$user"` is whoever began the run, and schemas that he does not see are left out,
    /// also when they appear later. `pg_temp` stands last, where a temporary table of a trigger covers no other;
    /// `pg_catalog` stays the first unless the path names it.
    static let here: SQL = """
        (
            SELECT pg_catalog.jsonb_object_agg(known.name, pg_catalog.current_setting(known.name, true))
            FROM pg_catalog.unnest(\(PostgresArray(names))::pg_catalog.text[]) AS known(name)
            WHERE pg_catalog.current_setting(known.name, true) IS NOT NULL
        ) || pg_catalog.jsonb_build_object('search_path', (
            SELECT pg_catalog.concat_ws(
                ', ', pg_catalog.string_agg(pg_catalog.quote_ident(path.name), ', ' ORDER BY path.place), 'pg_temp'
            )
            FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS path(name, place)
            WHERE NOT pg_catalog.starts_with(path.name, 'pg_temp')
        ))
        """

    /// What is stored, as it is to be set.
    static func settings(stored: [String: String]) -> [TransactionOptions.Setting] {
        stored.sorted { $0.key < $1.key }.map { name, value in
            let name = name.lowercased()
            let value = name == "datestyle" ? isoDates(value) : formats[name] ?? value
            return TransactionOptions.Setting(name, value)
        }
    }

    /// Dates are written as ISO has them, and read in the order that the run began with.
    private static func isoDates(_ style: String) -> String {
        let order = style.split(separator: ",").last.map { $0.trimmingPrefix(" ") } ?? "MDY"
        return "ISO, \(order)"
    }

    /// The settings that this process is to make.
    ///
    /// Whether triggers fire is for superusers to say. Where the session has what is wanted, another role need not say
    /// it; where it has something else, the server's refusal is right.
    static func usable(
        _ settings: [TransactionOptions.Setting],
        on connection: Connection
    ) throws -> [TransactionOptions.Setting] {
        guard settings.contains(where: { $0.name == replicationRole }) else { return settings }
        return usable(settings, by: try SessionRights(in: connection.rows(SessionRights.statement)))
    }

    /// The same for those who asked for the rights together with something else.
    static func usable(
        _ settings: [TransactionOptions.Setting],
        by rights: SessionRights
    ) -> [TransactionOptions.Setting] {
        guard !rights.isSuperuser else { return settings }
        return settings.filter { $0.name != replicationRole || $0.value != rights.replicationRole }
    }

    /// What a session may say about triggers, and what holds where it says nothing.
    struct SessionRights: Sendable, Hashable {
        /// The question.
        static let statement: SQL = """
            SELECT pg_catalog.current_setting('session_replication_role'),
                   pg_catalog.current_setting('is_superuser') <> 'off'
            """

        let replicationRole: String
        let isSuperuser: Bool

        /// Takes the answer to ``statement``.
        init(in answer: ResultSet) throws {
            (replicationRole, isSuperuser) = try answer[0].decode(String.self, Bool.self)
        }
    }

    /// Makes settings for the rest of a transaction, in one statement. The role becomes again what it was when the session
    /// began: two processes may log in as two roles, but no trigger is to leave one behind.
    package static func statement(_ settings: [TransactionOptions.Setting]) -> SQL {
        // The role comes first: it may be one that could not make the others.
        let role: SQL = "pg_catalog.set_config('role', NULL, true)"
        return "SELECT \(([role] + settings.calls(for: .transaction)).joined(separator: ", "))"
    }
}

extension Run {
    /// The settings of a transaction of this run that has limits as well.
    package func settings(with limits: ChunkLimits) -> [TransactionOptions.Setting] {
        let own = Set(settings.map(\.name))
        return limits.settings.filter { !own.contains($0.name.lowercased()) } + settings
    }

    /// How a transaction of this run begins.
    func transaction(
        _ access: TransactionOptions.Access = .standard,
        _ more: [TransactionOptions.Setting] = []
    ) -> TransactionOptions {
        TransactionOptions(access: access, settings: settings + more)
    }
}
