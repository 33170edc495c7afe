import Postgres

extension ReplacementStatements {
    /// The statement that makes the table beside: columns, defaults, generated columns and how they are stored.
    var create: SQL {
        """
        SELECT pg_catalog.format('CREATE %sTABLE %I.%I (LIKE %I.%I INCLUDING ALL EXCLUDING CONSTRAINTS EXCLUDING INDEXES '
                          'EXCLUDING IDENTITY EXCLUDING STATISTICS EXCLUDING COMMENTS) USING %I%s%s',
                      CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' END, n.nspname, \(Self.besideName("c.relname", "c.oid")), n.nspname, c.relname, am.amname,
                      ' WITH (' || (
                          SELECT pg_catalog.string_agg(pg_catalog.format('%s%I = %L', o.prefix, pg_catalog.split_part(o.text, '=', 1),
                                                   pg_catalog.substr(o.text, pg_catalog.strpos(o.text, '=') + 1)), ', ')
                          FROM (SELECT '', pg_catalog.unnest(c.reloptions) UNION ALL SELECT 'toast.', pg_catalog.unnest(toast.reloptions)) AS o(prefix, text)
                      ) || ')',
                      ' TABLESPACE ' || pg_catalog.quote_ident(s.spcname))
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_am AS am ON am.oid = c.relam
        LEFT JOIN pg_class AS toast ON toast.oid = c.reltoastrelid
        LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace
        WHERE c.oid = \(old)
        """
    }

    /// The statements that make it take the rows that the table would take, and refuse the others, before there are any: checks, keys,
    /// foreign keys, and the triggers that decide what a row is. Columns with an identity draw from the sequence of the table meanwhile.
    ///
    /// Indexes have names of their own until the swap: the schema has those of the table.
    var shape: SQL {
        """
        WITH \(names),
        \(sequence),
        \(indexed)
        SELECT step.statement
        FROM names CROSS JOIN LATERAL (
            SELECT 1, '', pg_catalog.format('ALTER TABLE %s OWNER TO %I', names.new, pg_catalog.pg_get_userbyid(c.relowner))
            FROM pg_class AS c WHERE c.oid = \(old)
            UNION ALL
            SELECT 2, '', pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT nextval(%L::regclass)', names.new, a.attname, sequence.seq::regclass)
            FROM sequence JOIN pg_attribute AS a ON a.attrelid = \(old) AND a.attnum = sequence.attnum
            WHERE sequence.kind = 'i'
            UNION ALL
            SELECT 3, '', pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', names.new, a.attname, pg_catalog.to_jsonb(a) ->> 'attstattarget')
            FROM pg_attribute AS a
            WHERE a.attrelid = \(old) AND a.attnum > 0 AND NOT a.attisdropped AND coalesce(pg_catalog.to_jsonb(a) ->> 'attstattarget', '-1') <> '-1'
            UNION ALL
            SELECT 4, '', pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', names.new, a.attname, pg_catalog.array_to_string(a.attoptions, ', '))
            FROM pg_attribute AS a
            WHERE a.attrelid = \(old) AND a.attnum > 0 AND NOT a.attisdropped AND a.attoptions IS NOT NULL
            UNION ALL
            SELECT 5, f.conname, pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', names.new, f.conname, pg_catalog.pg_get_constraintdef(f.oid))
            FROM pg_constraint AS f WHERE f.conrelid = \(old) AND f.contype = 'c'
            UNION ALL
            SELECT 6, f.conname, pg_catalog.unnest(ARRAY[
                       pg_catalog.format('SET LOCAL default_tablespace = %L', coalesce(s.spcname, '')),
                       pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', names.new, \(Self.besideName("i.relname", "i.oid")), pg_catalog.pg_get_constraintdef(f.oid))])
            FROM pg_constraint AS f JOIN pg_class AS i ON i.oid = f.conindid LEFT JOIN pg_tablespace AS s ON s.oid = i.reltablespace
            WHERE f.conrelid = \(old) AND f.contype IN ('p', 'u', 'x')
            UNION ALL
            SELECT 7, i.relname, pg_catalog.format('ALTER INDEX %I.%I SET (%s)', names.schema, \(Self.besideName("i.relname", "i.oid")), pg_catalog.array_to_string(i.reloptions, ', '))
            FROM pg_constraint AS f JOIN pg_class AS i ON i.oid = f.conindid
            WHERE f.conrelid = \(old) AND f.contype IN ('p', 'u', 'x') AND i.reloptions IS NOT NULL
            UNION ALL
            SELECT 8, i.relname, pg_catalog.unnest(indexed.statements) FROM indexed JOIN pg_class AS i ON i.oid = indexed.oid
            WHERE indexed.is_unique
            UNION ALL
            SELECT 9, f.conname, pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', names.new, f.conname, pg_catalog.pg_get_constraintdef(f.oid))
            FROM pg_constraint AS f WHERE f.conrelid = \(old) AND f.contype = 'f' AND f.confrelid <> \(old)
            UNION ALL
            SELECT 10, g.tgname, pg_catalog.format('CREATE TRIGGER %I%s ON %s%s', g.tgname, pg_catalog.left(d.rest, d.place - 1), names.new,
                                        pg_catalog.substr(d.rest, d.place + pg_catalog.length(' ON ' || names.old)))
            FROM pg_trigger AS g
            CROSS JOIN LATERAL (SELECT pg_catalog.substr(pg_catalog.pg_get_triggerdef(g.oid), pg_catalog.length(pg_catalog.format('CREATE TRIGGER %I', g.tgname)) + 1)) AS t(rest)
            CROSS JOIN LATERAL (SELECT t.rest, pg_catalog.strpos(t.rest, ' ON ' || names.old)) AS d(rest, place)
            WHERE g.tgrelid = \(old) AND NOT g.tgisinternal AND g.tgtype & 7 = 7
            UNION ALL
            SELECT 11, g.tgname, pg_catalog.format('ALTER TABLE %s %s TRIGGER %I', names.new, CASE g.tgenabled
                          WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, g.tgname)
            FROM pg_trigger AS g
            WHERE g.tgrelid = \(old) AND NOT g.tgisinternal AND g.tgtype & 7 = 7 AND g.tgenabled <> 'O'
        ) AS step(phase, name, statement)
        ORDER BY step.phase, step.name
        """
    }

    /// The statements that make what is better made when all rows are there: other indexes, extended statistics.
    var build: SQL {
        """
        WITH \(names),
        \(indexed)
        SELECT step.statement
        FROM names CROSS JOIN LATERAL (
            SELECT 1, i.relname, pg_catalog.unnest(indexed.statements) FROM indexed JOIN pg_class AS i ON i.oid = indexed.oid
            WHERE NOT indexed.is_unique
            UNION ALL
            SELECT 2, i.relname, pg_catalog.format('ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s', names.schema, \(Self.besideName("i.relname", "i.oid")),
                                        a.attnum, pg_catalog.to_jsonb(a) ->> 'attstattarget')
            FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_attribute AS a ON a.attrelid = i.oid
            WHERE x.indrelid = \(old) AND coalesce(pg_catalog.to_jsonb(a) ->> 'attstattarget', '-1') <> '-1'
            UNION ALL
            SELECT 3, s.stxname, pg_catalog.format('CREATE STATISTICS %I.%I', n.nspname, \(Self.besideName("s.stxname", "s.oid"))) || pg_catalog.left(
                       pg_catalog.substr(d.text, pg_catalog.length(pg_catalog.format('CREATE STATISTICS %I.%I', n.nspname, s.stxname)) + 1),
                       - pg_catalog.length(' FROM ' || names.old)) || ' FROM ' || names.new
            FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace
            CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_statisticsobjdef(s.oid)) AS d(text)
            WHERE s.stxrelid = \(old)
            UNION ALL
            SELECT 4, s.stxname, pg_catalog.format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, \(Self.besideName("s.stxname", "s.oid")), pg_catalog.to_jsonb(s) ->> 'stxstattarget')
            FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace
            WHERE s.stxrelid = \(old) AND coalesce(pg_catalog.to_jsonb(s) ->> 'stxstattarget', '-1') <> '-1'
            UNION ALL
            SELECT 5, s.stxname, pg_catalog.format('ALTER STATISTICS %I.%I OWNER TO %I', n.nspname, \(Self.besideName("s.stxname", "s.oid")), pg_catalog.pg_get_userbyid(s.stxowner))
            FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace
            WHERE s.stxrelid = \(old)
        ) AS step(phase, name, statement)
        ORDER BY step.phase, step.name
        """
    }

    /// The statements that make the foreign keys to the table itself: until all rows are there, one of them may lack its partner.
    var selfReferences: SQL {
        """
        WITH \(names)
        SELECT pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s REFERENCES %s%s', names.new, f.conname, pg_catalog.left(d.text, d.place - 1), names.new,
                      pg_catalog.substr(d.text, d.place + pg_catalog.length(' REFERENCES ' || names.old)))
        FROM names
        JOIN pg_constraint AS f ON f.conrelid = \(old) AND f.confrelid = \(old) AND f.contype = 'f'
        CROSS JOIN LATERAL (
            SELECT pg_catalog.pg_get_constraintdef(f.oid), pg_catalog.strpos(pg_catalog.pg_get_constraintdef(f.oid), ' REFERENCES ' || names.old)
        ) AS d(text, place)
        WHERE NOT EXISTS (SELECT FROM pg_constraint AS there WHERE there.conrelid = \(new) AND there.conname = f.conname)
        ORDER BY f.conname
        """
    }

    /// The statements that drop them, before more rows come.
    var dropsOfSelfReferences: SQL {
        """
        SELECT pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', f.conrelid::regclass, f.conname)
        FROM pg_constraint AS f
        WHERE f.conrelid = \(new) AND f.confrelid = \(new) AND f.contype = 'f'
        """
    }

    /// The statements that make the indexes beside that are no constraint's. The tablespace stands in no definition.
    private var indexed: SQL {
        """
        indexed (oid, is_unique, statements) AS (
            SELECT i.oid, x.indisunique, ARRAY[
                       pg_catalog.format('SET LOCAL default_tablespace = %L', coalesce(s.spcname, '')),
                       pg_catalog.format('CREATE %sINDEX %I ON %s', kind.word, \(Self.besideName("i.relname", "i.oid")), names.new) || pg_catalog.substr(
                           pg_catalog.pg_get_indexdef(i.oid), pg_catalog.length(pg_catalog.format('CREATE %sINDEX %I ON %s', kind.word, i.relname, names.old)) + 1)]
            FROM names, pg_index AS x
            JOIN pg_class AS i ON i.oid = x.indexrelid
            LEFT JOIN pg_tablespace AS s ON s.oid = i.reltablespace
            CROSS JOIN LATERAL (SELECT CASE WHEN x.indisunique THEN 'UNIQUE ' ELSE '' END) AS kind(word)
            WHERE x.indrelid = \(old) AND NOT EXISTS (
                SELECT FROM pg_constraint AS f WHERE f.conindid = i.oid AND f.contype IN ('p', 'u', 'x'))
        )
        """
    }
}
