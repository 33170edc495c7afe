import Postgres

/// The statements about sequences that fill columns.
enum SequenceStatements {
    /// The most numbers that are drawn one after the other, which takes a quarter of a second.
    static let mostDrawn = 200_000

    /// The sequences behind whole-number columns, with the table as the catalog names it: of identity and serial columns, owned ones, and those of a default. Only what the
    /// role may look at.
    static func sequences(of table: Identifier) -> SQL {
        """
        SELECT a.attname, n.nspname, c.relname, s.seqincrement, s.seqmin, s.seqmax, home.nspname, t.relname
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_class AS t ON t.oid = a.attrelid
        JOIN pg_catalog.pg_namespace AS home ON home.oid = t.relnamespace
        CROSS JOIN LATERAL (
            SELECT d.objid AS sequence
            FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
              AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
              AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum::pg_catalog.int4 AND d.deptype IN ('a', 'i')
            UNION
            SELECT d.refobjid
            FROM pg_catalog.pg_attrdef AS f
            JOIN pg_catalog.pg_depend AS d ON d.objid = f.oid
            WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid
              AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
              AND f.adrelid = a.attrelid AND f.adnum = a.attnum AND a.attgenerated = ''
        ) AS behind
        JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = behind.sequence
        JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE a.attrelid = pg_catalog.to_regclass(\(table.quoted))::pg_catalog.oid AND a.attnum > 0
          AND a.atttypid::pg_catalog.int8 IN (20::pg_catalog.int8, 21::pg_catalog.int8, 23::pg_catalog.int8)
          AND pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT'::pg_catalog.text)
          AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'::pg_catalog.text)
          AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT'::pg_catalog.text)
        ORDER BY a.attnum, c.oid
        """
    }

    /// Where a sequence stands.
    static func place(_ sequence: Identifier) -> SQL {
        "SELECT last_value, is_called FROM \(identifier: sequence)"
    }

    /// The number of a column that is furthest on the way of a sequence, of those that it can hand out at all.
    static func furthest(
        _ column: String,
        of table: Identifier,
        _ increment: Int,
        _ bounds: ClosedRange<Int>
    ) -> SQL {
        """
        SELECT \(increment > 0 ? "pg_catalog.max" : "pg_catalog.min" as SQL)(\(identifier: column))::pg_catalog.int8
        FROM \(identifier: table)
        WHERE \(identifier: column) OPERATOR(pg_catalog.>=) \(bounds.lowerBound)::pg_catalog.int8
          AND \(identifier: column) OPERATOR(pg_catalog.<=) \(bounds.upperBound)::pg_catalog.int8
        """
    }

    /// Draws numbers until the next one is free.
    static func draw(_ behind: LaggingSequence) -> SQL {
        """
        SELECT pg_catalog.count(pg_catalog.nextval(\(literal: behind.sequence)::pg_catalog.regclass))
        FROM pg_catalog.generate_series(1::pg_catalog.int8, \(behind.distance)::pg_catalog.int8)
        """
    }

    /// Sets a sequence to the furthest number, as long as it is far behind it.
    static func set(_ behind: LaggingSequence) -> SQL {
        let isUpwards = behind.increment > 0
        let (margin, isLarge) = behind.increment.multipliedReportingOverflow(by: mostDrawn / 2)
        let limit = isLarge ? behind.furthest : behind.furthest - margin
        let drawn: SQL = "pg_catalog.nextval(\(literal: behind.sequence)::pg_catalog.regclass)"
        return """
            SELECT pg_catalog.setval(\(literal: behind.sequence)::pg_catalog.regclass, \(behind.furthest)::pg_catalog.int8)
            WHERE \(drawn) \(isUpwards ? "OPERATOR(pg_catalog.<)" : "OPERATOR(pg_catalog.>)" as SQL) \(limit)::pg_catalog.int8
            """
    }
}
