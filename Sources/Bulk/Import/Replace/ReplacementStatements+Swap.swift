import Postgres

extension ReplacementStatements {
    /// The statements that lock what the swap changes, in this order: who reads a view has locked it before the table, and would else
    /// wait for us while we wait for it.
    ///
    /// LOCK TABLE of a view would lock all tables that it reads, and asks whether the owner of the view may do that. To give a view to the
    /// one who has it changes nothing and locks the view alone.
    var locks: SQL {
        """
        WITH \(view)
        SELECT step.statement
        FROM (
            SELECT 1, pg_catalog.format('ALTER VIEW %s OWNER TO %I', v.oid::regclass, pg_catalog.pg_get_userbyid(v.relowner))
            FROM view JOIN pg_class AS v ON v.oid = view.oid
            UNION ALL
            SELECT 2, 'LOCK TABLE ' || pg_catalog.string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid = \(old), c.oid) || ' IN ACCESS EXCLUSIVE MODE'
            FROM pg_class AS c
            WHERE c.oid = \(old) OR c.oid IN (
                SELECT conrelid FROM pg_constraint WHERE confrelid = \(old) AND contype = 'f' AND conparentid = 0)
        ) AS step(phase, statement)
        ORDER BY step.phase
        """
    }

    /// The statements by which the table beside takes the place. The definitions are those of the table and are read before; each then
    /// means the other one, which has the name.
    ///
    /// An identity column cannot have the sequence of another table, so it gets one of the same name that goes on from there. The old one is
    /// renamed first, which keeps others from drawing from it meanwhile.
    var swap: SQL {
        """
        WITH \(names),
        \(sequence),
        \(view),
        \(own)
        SELECT step.statement
        FROM names CROSS JOIN LATERAL (
            SELECT 1, f.conname, pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', f.conrelid::regclass, f.conname)
            FROM pg_constraint AS f WHERE f.confrelid = \(old) AND f.conrelid <> \(old) AND f.contype = 'f' AND f.conparentid = 0
            UNION ALL
            SELECT 2, a.attname, pg_catalog.format('ALTER SEQUENCE %s OWNED BY %s.%I', sequence.seq::regclass, names.new, a.attname)
            FROM sequence JOIN pg_attribute AS a ON a.attrelid = \(old) AND a.attnum = sequence.attnum
            WHERE sequence.kind = 'a'
            UNION ALL
            SELECT 3, a.attname, pg_catalog.format('ALTER SEQUENCE %s RENAME TO %I', sequence.seq::regclass, 'caisson_old_' || sequence.seq)
            FROM sequence JOIN pg_attribute AS a ON a.attrelid = \(old) AND a.attnum = sequence.attnum
            WHERE sequence.kind = 'i'
            UNION ALL
            SELECT 4, '', pg_catalog.format('ALTER TABLE %s RENAME TO %I', names.old, 'caisson_old_' || \(old))
            UNION ALL
            SELECT 5, '', pg_catalog.format('ALTER TABLE %s RENAME TO %I', names.new, c.relname) FROM pg_class AS c WHERE c.oid = \(old)
            UNION ALL
            SELECT 6, a.attname, pg_catalog.format(
                       'ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT, ALTER COLUMN %I ADD GENERATED %s AS IDENTITY '
                           '(SEQUENCE NAME %s START %s INCREMENT %s MINVALUE %s MAXVALUE %s CACHE %s %sCYCLE)',
                       names.old, a.attname, a.attname, CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
                       sequence.seq::regclass, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
                       CASE WHEN NOT s.seqcycle THEN 'NO ' END)
            FROM sequence JOIN pg_attribute AS a ON a.attrelid = \(old) AND a.attnum = sequence.attnum
            JOIN pg_sequence AS s ON s.seqrelid = sequence.seq
            WHERE sequence.kind = 'i'
            UNION ALL
            SELECT 7, a.attname, pg_catalog.format('SELECT setval(%L::regclass, last_value, is_called) FROM %I.%I', sequence.seq::regclass,
                                        n.nspname, 'caisson_old_' || sequence.seq)
            FROM sequence JOIN pg_attribute AS a ON a.attrelid = \(old) AND a.attnum = sequence.attnum
            JOIN pg_class AS c ON c.oid = sequence.seq JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE sequence.kind = 'i'
            UNION ALL
            SELECT 9, '', pg_catalog.format('DROP TABLE %I.%I', names.schema, 'caisson_old_' || \(old))
            UNION ALL
            SELECT 10, i.relname, pg_catalog.format('ALTER INDEX %I.%I RENAME TO %I', names.schema, \(Self.besideName("i.relname", "i.oid")), i.relname)
            FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid WHERE x.indrelid = \(old)
            UNION ALL
            SELECT 11, s.stxname, pg_catalog.format('ALTER STATISTICS %I.%I RENAME TO %I', n.nspname, \(Self.besideName("s.stxname", "s.oid")), s.stxname)
            FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace WHERE s.stxrelid = \(old)
            UNION ALL
            -- The same view, whose text means the new table now.
            SELECT 8, v.relname, pg_catalog.format('CREATE OR REPLACE VIEW %s%s AS %s', v.oid::regclass, ' WITH (' || (
                       SELECT pg_catalog.string_agg(pg_catalog.format('%I = %L', pg_catalog.split_part(o, '=', 1), pg_catalog.substr(o, pg_catalog.strpos(o, '=') + 1)), ', ')
                       FROM pg_catalog.unnest(v.reloptions) AS o) || ')', pg_catalog.pg_get_viewdef(v.oid))
            FROM view JOIN pg_class AS v ON v.oid = view.oid
            UNION ALL
            SELECT 12, i.relname, pg_catalog.format('ALTER TABLE %s CLUSTER ON %I', names.old, i.relname)
            FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid WHERE x.indrelid = \(old) AND x.indisclustered
            UNION ALL
            SELECT 13, '', pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY %s', names.old, CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
                       ELSE (SELECT pg_catalog.format('USING INDEX %I', i.relname) FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
                             WHERE x.indrelid = \(old) AND x.indisreplident) END)
            FROM pg_class AS c WHERE c.oid = \(old) AND c.relreplident <> 'd'
            UNION ALL
            SELECT 14, f.conname, pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', f.conrelid::regclass, f.conname, pg_catalog.pg_get_constraintdef(f.oid))
            FROM pg_constraint AS f
            WHERE f.confrelid = \(old) AND f.conrelid <> \(old) AND f.contype = 'f' AND f.conparentid = 0
            UNION ALL
            SELECT 15, g.tgname, pg_catalog.pg_get_triggerdef(g.oid)
            FROM pg_trigger AS g WHERE g.tgrelid = \(old) AND NOT g.tgisinternal AND g.tgtype & 7 <> 7
            UNION ALL
            SELECT 16, g.tgname, pg_catalog.format('ALTER TABLE %s %s TRIGGER %I', names.old, CASE g.tgenabled
                          WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, g.tgname)
            FROM pg_trigger AS g
            WHERE g.tgrelid = \(old) AND NOT g.tgisinternal AND g.tgtype & 7 <> 7 AND g.tgenabled <> 'O'
            UNION ALL
            SELECT 17, r.rulename, pg_catalog.pg_get_ruledef(r.oid) FROM pg_rewrite AS r WHERE r.ev_class = \(old)
            UNION ALL
            SELECT 18, r.rulename, pg_catalog.format('ALTER TABLE %s %s RULE %I', names.old, CASE r.ev_enabled
                          WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, r.rulename)
            FROM pg_rewrite AS r WHERE r.ev_class = \(old) AND r.ev_enabled <> 'O'
            UNION ALL
            SELECT 19, p.polname, pg_catalog.format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', p.polname, names.old,
                       CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                       CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                       (SELECT pg_catalog.string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END, ', ') FROM pg_catalog.unnest(p.polroles) AS r),
                       ' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')')
            FROM pg_policy AS p WHERE p.polrelid = \(old)
            UNION ALL
            SELECT 20, '', pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', names.old) FROM pg_class AS c WHERE c.oid = \(old) AND c.relrowsecurity
            UNION ALL
            SELECT 21, '', pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', names.old) FROM pg_class AS c WHERE c.oid = \(old) AND c.relforcerowsecurity
            UNION ALL
            SELECT 22, '', pg_catalog.format('COMMENT ON TABLE %s IS NULL', names.old)
            UNION ALL
            SELECT 23, i.identity, pg_catalog.format('COMMENT ON %s %s IS %L', kind.word, i.identity, c.description)
            FROM pg_description AS c JOIN own ON own.classid = c.classoid AND own.objid = c.objoid
            CROSS JOIN LATERAL pg_catalog.pg_identify_object(c.classoid, c.objoid, c.objsubid) AS i
            CROSS JOIN LATERAL (SELECT CASE i.type
                WHEN 'table column' THEN 'COLUMN' WHEN 'table constraint' THEN 'CONSTRAINT' WHEN 'statistics object' THEN 'STATISTICS'
                WHEN 'composite type' THEN 'TYPE' ELSE pg_catalog.upper(i.type) END) AS kind(word)
            UNION ALL
            SELECT 24, i.identity, pg_catalog.format('SECURITY LABEL FOR %I ON %s %s IS %L', l.provider,
                                          CASE i.type WHEN 'table column' THEN 'COLUMN' ELSE pg_catalog.upper(i.type) END, i.identity, l.label)
            FROM pg_seclabel AS l JOIN own ON own.classid = l.classoid AND own.objid = l.objoid
            CROSS JOIN LATERAL pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) AS i
        ) AS step(phase, name, statement)
        ORDER BY step.phase, step.name
        """
    }

    /// The statements that take what default privileges have given away.
    var revocations: SQL {
        """
        WITH \(sequence)
        SELECT pg_catalog.format('REVOKE ALL ON %s %s FROM %s', thing.kind, thing.name,
                      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END)
        FROM (
            SELECT 'TABLE', c.oid::regclass, c.relacl, c.relowner FROM pg_class AS c WHERE c.oid = \(old)
            UNION ALL
            SELECT 'SEQUENCE', c.oid::regclass, c.relacl, c.relowner
            FROM sequence JOIN pg_class AS c ON c.oid = sequence.seq WHERE sequence.kind = 'i'
        ) AS thing (kind, name, acl, owner)
        CROSS JOIN LATERAL (SELECT DISTINCT e.grantee FROM pg_catalog.aclexplode(thing.acl) AS e WHERE e.grantee <> thing.owner) AS a
        """
    }

    /// The statements that give the privileges of the table, in the order in which they were given.
    var grants: SQL {
        """
        WITH \(sequence),
        \(thing)
        SELECT step.statement
        FROM (
            SELECT 1, 0::bigint, pg_catalog.format('REVOKE ALL ON %s %s FROM %I', thing.kind, thing.name, pg_catalog.pg_get_userbyid(thing.owner))
            FROM thing WHERE thing.acl IS NOT NULL
            UNION ALL
            SELECT 2, pg_catalog.min(a.place), pg_catalog.format('GRANT %s ON %s %s TO %s%s', pg_catalog.string_agg(a.privilege, ', ' ORDER BY a.place), thing.kind, thing.name,
                        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
                        CASE WHEN a.grantable THEN ' WITH GRANT OPTION' END)
            FROM thing
            CROSS JOIN LATERAL pg_catalog.aclexplode(thing.acl) WITH ORDINALITY AS a(grantor, grantee, privilege, grantable, place)
            GROUP BY thing.kind, thing.name, a.grantee, a.grantable
            UNION ALL
            SELECT 3, pg_catalog.min(a.place), pg_catalog.format('GRANT %s ON TABLE %s TO %s%s',
                        pg_catalog.string_agg(pg_catalog.format('%s (%I)', a.privilege, at.attname), ', ' ORDER BY a.place), \(old)::regclass,
                        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
                        CASE WHEN a.grantable THEN ' WITH GRANT OPTION' END)
            FROM pg_attribute AS at
            CROSS JOIN LATERAL pg_catalog.aclexplode(at.attacl) WITH ORDINALITY AS a(grantor, grantee, privilege, grantable, place)
            WHERE at.attrelid = \(old) AND NOT at.attisdropped
            GROUP BY at.attnum, at.attname, a.grantee, a.grantable
        ) AS step(phase, place, statement)
        ORDER BY step.phase, step.place
        """
    }

    /// What has privileges of its own and is made anew.
    private var thing: SQL {
        """
        thing (kind, name, acl, owner) AS (
            SELECT 'TABLE', c.oid::regclass::text, c.relacl, c.relowner FROM pg_class AS c WHERE c.oid = \(old)
            UNION ALL
            SELECT 'SEQUENCE', c.oid::regclass::text, c.relacl, c.relowner
            FROM sequence JOIN pg_class AS c ON c.oid = sequence.seq WHERE sequence.kind = 'i'
        )
        """
    }
}
