import Postgres

/// What is asked of the catalog about a table and about the one beside it that is to take its place.
///
/// All of it runs with the search path of ``settings``: nothing but the server's own functions, operators and types is found
/// without a schema, and names that the server writes into a definition have theirs.
///
/// Statements that change something are written by the server itself, from its own definitions (`pg_get_indexdef` and its like) and with its
/// own quoting (`format`). What they came to is compared afterwards (``facts``).
struct ReplacementStatements {
    /// The table; see ``init(_:_:)``.
    let old: SQL
    /// The one beside it; 0 while there is none.
    let new: SQL

    /// - Parameters: the object ids.
    init(_ old: Int64, _ new: Int64 = 0) {
        self.old = "\(unsafe: "\(old)")::pg_catalog.oid"
        self.new = "\(unsafe: "\(new)")::pg_catalog.oid"
    }

    /// The name of something beside another thing of a name and an object id. It stands in messages about rows, so it is to be one
    /// that people know; a long one has no room for more.
    static func besideName(_ name: SQL, _ oid: SQL) -> SQL {
        "CASE WHEN pg_catalog.octet_length(\(name)) < 58 THEN \(name) || ' (new)' ELSE 'caisson_new_' || \(oid) END"
    }

    /// Holds for every transaction of a replacement. A tablespace that somebody has set would be that of a table which has none.
    static let settings: [TransactionOptions.Setting] = [
        .init("search_path", "pg_catalog, pg_temp"), .init("default_tablespace", ""),
    ]

    /// The object id of a table by its full name.
    static func identity(of table: Identifier) -> SQL {
        "SELECT pg_catalog.to_regclass(\(table.quoted))::pg_catalog.oid::pg_catalog.int8"
    }

    /// The name that a table beside the table has or will have.
    var name: SQL {
        "SELECT \(Self.besideName("c.relname", "c.oid")) FROM pg_class AS c WHERE c.oid = \(old)"
    }

    /// What stands beside the table: its id, its comment, and whether it may be ours.
    var beside: SQL {
        """
        SELECT b.oid::int8, coalesce(pg_catalog.obj_description(b.oid, 'pg_class'), ''),
               b.relkind = 'r' AND pg_catalog.pg_has_role(b.relowner, 'USAGE')
        FROM pg_class AS c
        JOIN pg_class AS b ON b.relnamespace = c.relnamespace AND b.relname = \(Self.besideName("c.relname", "c.oid"))
        WHERE c.oid = \(old)
        """
    }

    /// Keeps the definition of a table as it is while it is read.
    static func keep(_ table: Identifier) -> SQL {
        "LOCK TABLE ONLY \(identifier: table) IN ACCESS SHARE MODE"
    }

    static func drop(_ table: Identifier) -> SQL { "DROP TABLE \(identifier: table)" }

    static func mark(_ table: Identifier, _ mark: String) -> SQL {
        "COMMENT ON TABLE \(identifier: table) IS \(literal: mark)"
    }

    /// The sequences of the columns: `a` for serial ones, `i` for those of identity columns.
    var sequence: SQL {
        """
        sequence (seq, attnum, kind) AS (
            SELECT d.objid, d.refobjsubid, d.deptype::text
            FROM pg_depend AS d
            JOIN pg_sequence AS s ON s.seqrelid = d.objid
            WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = \(old)
              AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
        )
        """
    }

    /// The views that read the table itself. A temporary one of another session cannot be changed.
    var view: SQL {
        """
        view (oid) AS (
            SELECT DISTINCT r.ev_class
            FROM pg_depend AS d
            JOIN pg_rewrite AS r ON r.oid = d.objid AND r.rulename = '_RETURN'
            JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind = 'v' AND v.relpersistence <> 't'
            WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = \(old)
        )
        """
    }

    /// What belongs to the table and comes or goes with it, and the foreign keys of others to it.
    var own: SQL {
        """
        own (classid, objid) AS (
            SELECT 'pg_class'::regclass::oid, \(old)
            UNION ALL
            SELECT 'pg_type'::regclass, pg_catalog.unnest(ARRAY[c.reltype, r.typarray])
            FROM pg_class AS c JOIN pg_type AS r ON r.oid = c.reltype
            WHERE c.oid = \(old)
            UNION ALL
            SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid = \(old)
            UNION ALL
            SELECT 'pg_constraint'::regclass, oid FROM pg_constraint
            WHERE conrelid = \(old) OR confrelid = \(old) AND contype = 'f' AND conparentid = 0
            UNION ALL
            SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef WHERE adrelid = \(old)
            UNION ALL
            SELECT 'pg_trigger'::regclass, oid FROM pg_trigger WHERE tgrelid = \(old)
            UNION ALL
            SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite WHERE ev_class = \(old)
            UNION ALL
            SELECT 'pg_policy'::regclass, oid FROM pg_policy WHERE polrelid = \(old)
            UNION ALL
            SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE stxrelid = \(old)
            UNION ALL
            SELECT 'pg_class'::regclass, seq FROM sequence WHERE kind = 'i'
        )
        """
    }

    /// Both tables as they are written in SQL.
    var names: SQL {
        """
        names (schema, old, new, beside) AS (
            SELECT n.nspname, pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.format('%I.%I', n.nspname, b.relname), b.relname
            FROM pg_class AS c, pg_class AS b
            JOIN pg_namespace AS n ON n.oid = b.relnamespace
            WHERE c.oid = \(old) AND b.oid = \(new)
        )
        """
    }
}
