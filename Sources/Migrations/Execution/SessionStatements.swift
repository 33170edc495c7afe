import Postgres

/// What is sent to keep the state of the session apart from what the files do with it.
///
/// A part of it runs under whatever a file has set, search path included, so every name and operator says where it is from.
enum SessionStatements {
    /// Gives the session the state it was opened with.
    ///
    /// Piece by piece in place of `DISCARD ALL`, which would give the migration lock back. With `RESET ALL` a file's
    /// `lock_timeout` is gone too, so every step sets its own.
    static let reset: [SQL] = [
        "RESET SESSION AUTHORIZATION",
        "RESET ROLE",
        "RESET ALL",
        "CLOSE ALL",
        "UNLISTEN *",
        "DEALLOCATE ALL",
        "DISCARD TEMP",
    ]

    /// What most files leave behind, if anything; ``takeOver(_:in:lockLimit:)`` tells when there is more.
    static let resetSettings: SQL = "RESET ALL"

    /// Has deferred triggers do their work while the session is as the file wants it: at COMMIT it is as we want it.
    static let fireDeferred: SQL = "SET CONSTRAINTS ALL IMMEDIATE"

    /// Where a session stands that no file has seen yet: its backend, the role that connected and the role it has put on.
    static let start: SQL = """
        SELECT pg_catalog.pg_backend_pid(), session_user::pg_catalog.text, pg_catalog.current_setting('role')
        """

    /// The beginning of a transaction of our own behind a file that may have made the session read-only.
    static let beginOwn: SQL = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"

    /// The same before a file has run. An operator who made a role read-only by default meant it.
    static let beginFirst: SQL = "BEGIN ISOLATION LEVEL READ COMMITTED"

    /// Marks a transaction, so that a COMMIT in it can be told.
    static func mark(_ mark: String) -> SQL { "SET LOCAL caisson.transaction = \(literal: mark)" }

    /// Makes a setting, for the session.
    static func set(_ name: String, _ value: String) -> SQL {
        "SELECT pg_catalog.set_config(\(name), \(value), false)"
    }

    /// Makes the session ours until the transaction ends, whatever a file, the role or the database has set, and fails where
    /// the lock, the session or the transaction are not those we believe in. What is done in the transaction goes with it.
    ///
    /// Returns whether more than settings is left behind, and the transaction's number, if it has written something.
    ///
    /// The lock is held twice: to give one back and take it again tells in a microsecond whether it is held, without a moment
    /// in which it is not. The view `pg_locks` takes 0.2 ms, and more on a busy server.
    /// - Parameter mark: see ``mark(_:)``; nil where the file may end transactions.
    static func takeOver(_ session: HeldSession, in mark: String? = nil, lockLimit: String) -> SQL {
        """
        SELECT \(leavesMore(session)) AS leaves_more,
               pg_catalog.set_config('session_authorization', NULL, true),
               pg_catalog.set_config('role', 'none', true),
               pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
               pg_catalog.set_config('client_encoding', 'UTF8', true),
               pg_catalog.set_config('standard_conforming_strings', 'on', true),
               pg_catalog.set_config('datestyle', 'ISO, MDY', true),
               pg_catalog.set_config('intervalstyle', 'postgres', true),
               pg_catalog.set_config('transform_null_equals', 'off', true),
               pg_catalog.set_config('array_nulls', 'on', true),
               pg_catalog.set_config('row_security', 'off', true),
               pg_catalog.set_config('statement_timeout', '0', true),
               pg_catalog.set_config('lock_timeout', \(lockLimit), true),
               \(originReplication),
               \(check(session, mark)),
               pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text AS number
        """
    }

    /// Temporary objects, cursors, prepared statements, LISTEN, another role: what `RESET ALL` does not take away. A file prepares by
    /// SQL; what was prepared by the protocol is ours.
    private static func leavesMore(_ session: HeldSession) -> SQL {
        """
        (session_user OPERATOR(pg_catalog.<>) \(session.login)::pg_catalog.name
                OR pg_catalog.current_setting('role') OPERATOR(pg_catalog.<>) \(session.role)
                OR EXISTS (SELECT FROM pg_catalog.pg_prepared_statement() AS prepared WHERE prepared.from_sql)
                OR EXISTS (SELECT FROM pg_catalog.pg_cursor() AS cursor WHERE cursor.is_holdable)
                OR EXISTS (SELECT FROM pg_catalog.pg_listening_channels())
                OR pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0 AND EXISTS (\(temporaryObjects)))
        """
    }

    /// Everything in a schema depends on it, whatever its kind.
    private static let temporaryObjects: SQL = """
        SELECT pg_catalog.pg_describe_object(object.classid, object.objid, object.objsubid)
        FROM pg_catalog.pg_depend AS object
        WHERE object.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
          AND object.refobjid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
        """

    /// Only a superuser may change it, and only one can have set it. A session in which it stays on fires no trigger, so no
    /// statement of ours counts on one.
    private static let originReplication: SQL = """
        CASE WHEN pg_catalog.current_setting('session_replication_role') OPERATOR(pg_catalog.<>) 'origin'
                  AND pg_catalog.current_setting('is_superuser') OPERATOR(pg_catalog.=) 'on'
             THEN pg_catalog.set_config('session_replication_role', 'origin', true) END
        """

    /// SQL has no way to fail on purpose but to do what cannot be done: a word is no number. Which word, ``HeldSession/Doubt``
    /// reads from the error.
    private static func check(_ session: HeldSession, _ mark: String?) -> SQL {
        let ended: SQL =
            if let mark {
                """
                WHEN coalesce(pg_catalog.current_setting('caisson.transaction', true), '') OPERATOR(pg_catalog.<>) \(mark)
                        THEN 'caisson:transaction'
                """
            } else { "" }
        return """
            CAST(CASE WHEN pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.<>) \(session.backend)
                           THEN pg_catalog.concat('caisson:session:', pg_catalog.pg_backend_pid())
                      WHEN NOT (pg_catalog.pg_advisory_unlock(\(session.lockKey))
                                AND pg_catalog.pg_try_advisory_lock(\(session.lockKey)))
                           THEN 'caisson:lock'
                      \(ended)
                      ELSE '1' END AS pg_catalog.int4)
            """
    }

    // MARK: what a session holds

    /// Notes in a setting of the transaction what the session holds: nothing has to travel, and it is read before
    /// ``takeOver(_:in:lockLimit:)`` and written behind it.
    ///
    /// The server lists no setting of a class that nobody has declared, such as `app.tenant`; it can only be asked by name.
    static func note(_ session: HeldSession, customSettings: [String]) -> SQL {
        "SELECT (\(noting(session, customSettings))) IS NOT NULL"
    }

    /// The same where the transaction before has seen that something is not as it was; to look takes a millisecond. LISTEN is not
    /// seen before the COMMIT.
    static func noteAgain(_ session: HeldSession, customSettings: [String], channels: Int) -> SQL {
        """
        SELECT CASE WHEN pg_catalog.current_setting('caisson.changed', true) OPERATOR(pg_catalog.=) 'yes'
                      OR (SELECT pg_catalog.count(*) FROM pg_catalog.pg_listening_channels()) OPERATOR(pg_catalog.<>) \(channels)
                    THEN \(noting(session, customSettings)) END IS NOT NULL
        """
    }

    private static func noting(_ session: HeldSession, _ customSettings: [String]) -> SQL {
        """
        pg_catalog.set_config('caisson.session', pg_catalog.jsonb_build_object(
            'settings', \(settings(customSettings)),
            'role', pg_catalog.current_setting('role'),
            'authorization', session_user::pg_catalog.text,
            'access', CASE WHEN pg_catalog.current_setting('default_transaction_read_only') OPERATOR(pg_catalog.=) 'on'
                           THEN 'read only' ELSE 'read write' END,
            'plpgsql', CASE WHEN EXISTS (\(settingOfPLpgSQL)) THEN 'loaded' ELSE 'not loaded' END,
            'configured', \(configured(session)),
            'kept', \(kept(session))
        )::pg_catalog.text, true)
        """
    }

    /// Listed once the language is loaded; before that it has no default, and a `SET` that is rolled back leaves it empty.
    private static let settingOfPLpgSQL: SQL = """
        SELECT FROM pg_catalog.pg_settings AS setting
        WHERE setting.name OPERATOR(pg_catalog.=) 'plpgsql.variable_conflict'
        """

    /// Has the language loaded; `LOAD` is for superusers.
    static let loadPLpgSQL: SQL = "DO LANGUAGE plpgsql 'BEGIN END'"

    /// What ``note(_:customSettings:)`` has noted.
    static let noted: SQL = "SELECT pg_catalog.current_setting('caisson.session')"

    private static func settings(_ custom: [String]) -> SQL {
        let listed: SQL = """
            SELECT setting.name, setting.setting FROM pg_catalog.pg_settings AS setting
            WHERE setting.source OPERATOR(pg_catalog.=) 'session'
              AND pg_catalog."left"(setting.name, 12) OPERATOR(pg_catalog.<>) 'transaction_'
            """
        let unlisted: SQL = """

            UNION ALL
            SELECT custom.name, pg_catalog.current_setting(custom.name, true)
            FROM pg_catalog.unnest(\(custom)::pg_catalog.text[]) AS custom (name)
            WHERE pg_catalog.current_setting(custom.name, true) IS NOT NULL
              AND custom.name OPERATOR(pg_catalog.<>) ALL (
                  SELECT pg_catalog.lower(known.name) FROM pg_catalog.pg_settings AS known)
            """
        return """
            (SELECT coalesce(pg_catalog.jsonb_object_agg(held.name, held.value), '{}'::pg_catalog.jsonb)
             FROM (\(listed)\(custom.isEmpty ? "" : unlisted)) AS held (name, value))
            """
    }

    /// What `ALTER DATABASE … SET` and `ALTER ROLE … SET` give a new session.
    private static func configured(_ session: HeldSession) -> SQL {
        """
        (SELECT coalesce(pg_catalog.jsonb_agg(
                    pg_catalog.concat(list.setdatabase, ':', list.setrole, ':', entry.text) ORDER BY entry.text
                ), '[]'::pg_catalog.jsonb)
         FROM pg_catalog.pg_db_role_setting AS list
         CROSS JOIN LATERAL pg_catalog.unnest(list.setconfig) AS entry (text)
         WHERE (list.setdatabase OPERATOR(pg_catalog.=) 0 OR list.setdatabase OPERATOR(pg_catalog.=) (
                   SELECT database.oid FROM pg_catalog.pg_database AS database
                   WHERE database.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()))
           AND (list.setrole OPERATOR(pg_catalog.=) 0 OR list.setrole OPERATOR(pg_catalog.=) (
                   SELECT role.oid FROM pg_catalog.pg_roles AS role
                   WHERE role.rolname OPERATOR(pg_catalog.=) \(session.login)::pg_catalog.name)))
        """
    }

    /// What no other session can be given, in words.
    private static func kept(_ session: HeldSession) -> SQL {
        """
        (SELECT coalesce(pg_catalog.jsonb_agg(kept.what), '[]'::pg_catalog.jsonb) FROM (
             SELECT pg_catalog.concat('the temporary ', object.what) FROM (\(temporaryObjects)) AS object (what)
             WHERE pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0
             UNION ALL SELECT pg_catalog.concat('the prepared statement ', prepared.name)
             FROM pg_catalog.pg_prepared_statement() AS prepared WHERE prepared.from_sql
             UNION ALL SELECT pg_catalog.concat('LISTEN ', channel.name)
             FROM pg_catalog.pg_listening_channels() AS channel (name)
             UNION ALL SELECT pg_catalog.concat('the cursor ', cursor.name)
             FROM pg_catalog.pg_cursor() AS cursor WHERE cursor.is_holdable
             UNION ALL SELECT pg_catalog.concat('the advisory lock ', lock.classid, ', ', lock.objid)
             FROM pg_catalog.pg_locks AS lock
             WHERE lock.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
               AND lock.locktype OPERATOR(pg_catalog.=) 'advisory'
               AND NOT (\(LockStatements.isKey(session.lockKey)))
         ) AS kept (what))
        """
    }

    /// The settings that functions of the database speak of when they set something whose name has a dot.
    static func customSettings(serverVersion: Int) -> SQL {
        // The new kind of body is kept as a tree.
        let body: SQL =
            serverVersion >= 140_000
            ? """
            CASE WHEN routine.prosqlbody IS NULL THEN routine.prosrc
                 ELSE pg_catalog.pg_get_function_sqlbody(routine.oid) END
            """ : "routine.prosrc"
        return """
            SELECT DISTINCT pg_catalog.lower(found.parts[1])
            FROM (SELECT \(body) AS text FROM pg_catalog.pg_proc AS routine
                  JOIN pg_catalog.pg_language AS language ON language.oid OPERATOR(pg_catalog.=) routine.prolang
                  WHERE language.lanname OPERATOR(pg_catalog.<>) ALL (ARRAY['internal', 'c']::pg_catalog.name[])
                    AND routine.pronamespace OPERATOR(pg_catalog.<>) 'pg_catalog'::pg_catalog.regnamespace) AS body
            CROSS JOIN LATERAL pg_catalog.regexp_matches(
                body.text, '([a-z_][a-z0-9_$]*[.][a-z_][a-z0-9_$]*)', 'gi') AS found (parts)
            WHERE body.text OPERATOR(pg_catalog.~*) 'set_config|set[[:space:]]+((session|local)[[:space:]]+)?"?[a-z_0-9]+"?[.]'
            LIMIT 2000
            """
    }

    // MARK: the lock

    /// Takes the lock again that `DISCARD ALL` has given back; false when somebody else was quicker.
    static func takeLockAgain(_ session: HeldSession) -> SQL {
        """
        SELECT EXISTS (
            SELECT FROM pg_catalog.pg_locks AS lock
            WHERE lock.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
              AND lock.locktype OPERATOR(pg_catalog.=) 'advisory' AND lock.granted
              AND \(LockStatements.isKey(session.lockKey))
        ) OR pg_catalog.pg_try_advisory_lock(\(session.lockKey)) AND pg_catalog.pg_try_advisory_lock(\(session.lockKey))
        """
    }

    // MARK: transactions

    /// The number of the transaction in its backend. It grows by one with each that the session begins.
    static let localTransaction: SQL = """
        SELECT pg_catalog.split_part(lock.virtualxid, '/', 2)::pg_catalog.int8
        FROM pg_catalog.pg_locks AS lock
        WHERE lock.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
          AND lock.locktype OPERATOR(pg_catalog.=) 'virtualxid'
        """

    /// The time limit of statements, in milliseconds, and where the server has it from.
    static let statementTimeout: SQL = """
        SELECT setting.setting::pg_catalog.int8, setting.source FROM pg_catalog.pg_settings AS setting
        WHERE setting.name OPERATOR(pg_catalog.=) 'statement_timeout'
        """

    /// What became of a transaction: `committed`, `aborted`, `in progress`; null when it is too long ago.
    static func status(ofTransaction number: String) -> SQL {
        "SELECT pg_catalog.pg_xact_status(\(number)::pg_catalog.xid8)"
    }
}
