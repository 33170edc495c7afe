import Postgres

/// What is asked about tables that a statement writes to.
extension CatalogStatements {
    /// A table with everything above and below it, by inheritance and partitioning.
    private static func family(_ oid: Int64) -> SQL {
        """
        above AS (
            SELECT \(oid)::pg_catalog.oid AS oid
            UNION
            SELECT link.inhparent
            FROM pg_catalog.pg_inherits AS link
            JOIN above ON above.oid = link.inhrelid
        ), family AS (
            SELECT oid FROM above
            UNION
            SELECT link.inhrelid
            FROM pg_catalog.pg_inherits AS link
            JOIN family ON family.oid = link.inhparent
        )
        """
    }

    /// The tables whose rows a write to a relation reaches: of a view, those that it reads; of a table, it and those below it.
    static func reached(by oid: Int64) -> SQL {
        """
        WITH RECURSIVE reached AS (
            SELECT \(oid)::pg_catalog.oid AS oid
            UNION
            SELECT next.oid
            FROM reached
            CROSS JOIN LATERAL (
                SELECT link.inhrelid AS oid
                FROM pg_catalog.pg_inherits AS link
                WHERE link.inhparent = reached.oid
                UNION ALL
                SELECT depend.refobjid
                FROM pg_catalog.pg_rewrite AS rule
                JOIN pg_catalog.pg_depend AS depend
                  ON depend.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass::pg_catalog.oid AND depend.objid = rule.oid
                 AND depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
                WHERE rule.ev_class = reached.oid AND rule.ev_type = '1'
            ) AS next
        )
        SELECT oid::bigint FROM reached
        """
    }

    /// The generated columns of a table and of those around it, each with a column that it is computed from.
    static func generatedColumns(ofTable oid: Int64) -> SQL {
        """
        WITH RECURSIVE \(family(oid))
        SELECT DISTINCT generated.attname::pg_catalog.text, source.attname::pg_catalog.text
        FROM family
        JOIN pg_catalog.pg_attribute AS generated ON generated.attrelid = family.oid AND generated.attgenerated <> ''
        JOIN pg_catalog.pg_attrdef AS definition
          ON definition.adrelid = generated.attrelid AND definition.adnum = generated.attnum
        JOIN pg_catalog.pg_depend AS depend
          ON depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AND depend.refobjid = generated.attrelid
         -- Up to PostgreSQL 14 the column depends on the other one, from 15 on its definition does.
         AND (depend.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid AND depend.objid = definition.oid
              OR depend.classid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AND depend.objid = generated.attrelid
                 AND depend.objsubid = generated.attnum)
        JOIN pg_catalog.pg_attribute AS source
          ON source.attrelid = depend.refobjid AND source.attnum = depend.refobjsubid AND source.attnum <> generated.attnum
        """
    }

    /// The triggers of tables: table, name, timing, level, events, whether it has transition tables, function. Those that are
    /// switched off and the server's own are not among them.
    static func triggers(of tables: [Int64]) -> SQL {
        """
        SELECT trigger.tgrelid::bigint,
               trigger.tgname::pg_catalog.text,
               CASE WHEN trigger.tgtype::integer & 2 <> 0 THEN 'BEFORE' WHEN trigger.tgtype::integer & 64 <> 0 THEN 'INSTEAD OF' ELSE 'AFTER' END,
               CASE WHEN trigger.tgtype::integer & 1 <> 0 THEN 'ROW' ELSE 'STATEMENT' END,
               pg_catalog.array_remove(ARRAY[
                   CASE WHEN trigger.tgtype::integer & 4 <> 0 THEN 'INSERT' END,
                   CASE WHEN trigger.tgtype::integer & 8 <> 0 THEN 'DELETE' END,
                   CASE WHEN trigger.tgtype::integer & 16 <> 0 THEN 'UPDATE' END,
                   CASE WHEN trigger.tgtype::integer & 32 <> 0 THEN 'TRUNCATE' END
               ], NULL),
               trigger.tgoldtable IS NOT NULL OR trigger.tgnewtable IS NOT NULL,
               trigger.tgfoid::pg_catalog.regproc::pg_catalog.text
        FROM pg_catalog.pg_trigger AS trigger
        WHERE trigger.tgrelid = ANY (\(PostgresArray(tables))::bigint[]::pg_catalog.oid[])
          AND NOT trigger.tgisinternal
          AND CASE pg_catalog.current_setting('session_replication_role')
                  WHEN 'replica' THEN trigger.tgenabled IN ('R', 'A')
                  ELSE trigger.tgenabled IN ('O', 'A') END
        ORDER BY trigger.tgrelid, trigger.tgname
        """
    }

    /// The rules of tables for an event: their names.
    static func rules(of tables: [Int64], for event: String) -> SQL {
        """
        SELECT rule.rulename::pg_catalog.text
        FROM pg_catalog.pg_rewrite AS rule
        WHERE rule.ev_class = ANY (\(PostgresArray(tables))::bigint[]::pg_catalog.oid[])
          AND rule.ev_enabled <> 'D'
          AND rule.ev_type = CASE \(event) WHEN 'UPDATE' THEN '2' WHEN 'INSERT' THEN '3' ELSE '4' END
        ORDER BY rule.rulename
        """
    }

    /// Whether policies of a table apply to whoever asks.
    static func hasPolicies(_ oid: Int64) -> SQL {
        """
        SELECT pg_catalog.row_security_active(\(oid)::pg_catalog.oid) OR class.relrowsecurity AND class.relforcerowsecurity
        FROM pg_catalog.pg_class AS class
        WHERE class.oid = \(oid)::pg_catalog.oid
        """
    }

    /// By which foreign keys a change of another table changes columns of this one, directly or through tables between: the
    /// other table, its column, the constraint, whether a DELETE does it too, the column that is changed.
    static func cascades(into oid: Int64) -> SQL {
        """
        WITH RECURSIVE \(family(oid)), moved AS (
            SELECT family.oid AS relation, attribute.attnum AS number, 0::pg_catalog.oid AS link, false AS by_delete,
                   attribute.attname AS changed
            FROM family
            JOIN pg_catalog.pg_attribute AS attribute
              ON attribute.attrelid = family.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
            UNION
            SELECT link.confrelid,
                   link.confkey[position.number],
                   link.oid,
                   link.confdeltype IN ('n', 'd'),
                   moved.changed
            FROM moved
            JOIN pg_catalog.pg_constraint AS link ON link.contype = 'f' AND link.conrelid = moved.relation
            CROSS JOIN LATERAL pg_catalog.generate_series(1, pg_catalog.cardinality(link.conkey)) AS position(number)
            WHERE link.conkey[position.number] = moved.number
              AND (link.confupdtype IN ('c', 'n', 'd') OR link.confdeltype IN ('n', 'd'))
        )
        SELECT moved.relation::bigint,
               attribute.attname::pg_catalog.text,
               link.conname::pg_catalog.text,
               moved.by_delete,
               moved.changed::pg_catalog.text
        FROM moved
        JOIN pg_catalog.pg_constraint AS link ON link.oid = moved.link
        JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = moved.relation AND attribute.attnum = moved.number
        ORDER BY link.conname
        """
    }

    /// The sequence from which a column gets its values where an INSERT gives it none: its name, and whether it only ascends.
    static func sequence(ofTable oid: Int64, column: String) -> SQL {
        """
        SELECT namespace.nspname::pg_catalog.text,
               class.relname::pg_catalog.text,
               sequence.seqincrement > 0 AND NOT sequence.seqcycle
        FROM pg_catalog.pg_attribute AS attribute
        LEFT JOIN pg_catalog.pg_attrdef AS definition
          ON definition.adrelid = attribute.attrelid AND definition.adnum = attribute.attnum
        JOIN pg_catalog.pg_depend AS depend
          ON attribute.attidentity <> ''
             AND depend.classid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AND depend.deptype = 'i'
             AND depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
             AND depend.refobjid = attribute.attrelid AND depend.refobjsubid = attribute.attnum
          OR pg_catalog.pg_get_expr(definition.adbin, definition.adrelid) ~ '^(pg_catalog\\.)?nextval\\(''[^'']+''::regclass\\)$'
             AND depend.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid AND depend.objid = definition.oid
             AND depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
        JOIN pg_catalog.pg_sequence AS sequence
          ON sequence.seqrelid = CASE WHEN attribute.attidentity <> '' THEN depend.objid ELSE depend.refobjid END
        JOIN pg_catalog.pg_class AS class ON class.oid = sequence.seqrelid
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE attribute.attrelid = \(oid)::pg_catalog.oid AND attribute.attname = \(column)
          -- As text 10 comes before 9, and the cast of a default does not show.
          AND attribute.atttypid = ANY ('{smallint,integer,bigint,numeric}'::pg_catalog.regtype[]::pg_catalog.oid[])
        """
    }

    /// Whether all that a sequence will give is greater than all keys there are.
    static func isAhead(_ sequence: Identifier, of table: Identifier, column: String) -> SQL {
        """
        SELECT sequence.last_value + CASE WHEN sequence.is_called THEN 1 ELSE 0 END
               > coalesce((SELECT pg_catalog.max(\(identifier: column)) FROM \(identifier: table)), sequence.last_value - 1)
        FROM \(identifier: sequence) AS sequence
        """
    }

    /// The aggregates among some names.
    static func aggregates(among names: [String]) -> SQL {
        """
        SELECT DISTINCT function.proname::pg_catalog.text
        FROM pg_catalog.pg_proc AS function
        WHERE function.prokind = 'a' AND function.proname = ANY (\(PostgresArray(names))::pg_catalog.text[])
        """
    }
}
