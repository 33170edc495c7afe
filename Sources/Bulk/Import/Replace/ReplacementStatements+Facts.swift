import Postgres

extension ReplacementStatements {
    /// All that a table is beside its rows, without object ids and without the order in which it came about: two tables of
    /// which the same is said are one to everybody. A kind, a name and a definition each.
    var facts: SQL {
        """
        WITH \(sequence),
        \(view),
        \(own)
        SELECT kind, name, definition FROM (
            SELECT 'table' AS kind, '' AS name, pg_catalog.concat_ws(' ',
                       c.relpersistence, 'owner', pg_catalog.pg_get_userbyid(c.relowner), 'access', am.amname,
                       'tablespace', c.reltablespace, 'options', c.reloptions, 'toast', toast.reloptions,
                       'security', c.relrowsecurity, c.relforcerowsecurity, 'identity', c.relreplident) AS definition
            FROM pg_class AS c
            LEFT JOIN pg_am AS am ON am.oid = c.relam
            LEFT JOIN pg_class AS toast ON toast.oid = c.reltoastrelid
            WHERE c.oid = \(old)
            UNION ALL
            SELECT 'column', a.attname, pg_catalog.concat_ws(' ',
                       rank () OVER (ORDER BY a.attnum), pg_catalog.format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation,
                       CASE WHEN a.attnotnull THEN 'not null' END, 'generated', a.attgenerated, 'identity', a.attidentity,
                       pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'storage', a.attstorage, 'compression', pg_catalog.to_jsonb(a) ->> 'attcompression',
                       'statistics', coalesce(pg_catalog.to_jsonb(a) ->> 'attstattarget', '-1'), 'options', a.attoptions)
            FROM pg_attribute AS a
            LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = \(old) AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT 'index', i.relname, pg_catalog.concat_ws(' ',
                       pg_catalog.pg_get_indexdef(i.oid), 'options', i.reloptions, 'tablespace', i.reltablespace, 'owner', i.relowner,
                       x.indisvalid, x.indisclustered, x.indisreplident, ARRAY(
                           SELECT coalesce(pg_catalog.to_jsonb(a) ->> 'attstattarget', '-1') FROM pg_attribute AS a
                           WHERE a.attrelid = i.oid ORDER BY a.attnum))
            FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
            WHERE x.indrelid = \(old)
            UNION ALL
            SELECT 'privileges', '', ARRAY(
                       SELECT a::text FROM pg_catalog.unnest(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) AS a ORDER BY 1)::text
            FROM pg_class AS c WHERE c.oid = \(old)
            UNION ALL
            SELECT 'privileges', a.attname, ARRAY(SELECT acl::text FROM pg_catalog.unnest(a.attacl) AS acl ORDER BY 1)::text
            FROM pg_attribute AS a WHERE a.attrelid = \(old) AND a.attacl IS NOT NULL AND NOT a.attisdropped
            UNION ALL
            SELECT CASE f.conrelid WHEN \(old) THEN 'constraint' ELSE 'reference' END, f.conname, pg_catalog.concat_ws(' ',
                       f.conrelid::regclass, f.contype, pg_catalog.pg_get_constraintdef(f.oid), f.convalidated, f.conislocal, f.coninhcount)
            FROM pg_constraint AS f
            WHERE f.conrelid = \(old) OR f.confrelid = \(old) AND f.contype = 'f'
            UNION ALL
            SELECT 'trigger', g.tgname, pg_catalog.concat_ws(' ', g.tgenabled, pg_catalog.pg_get_triggerdef(g.oid))
            FROM pg_trigger AS g WHERE g.tgrelid = \(old) AND NOT g.tgisinternal
            UNION ALL
            SELECT 'rule', r.rulename, pg_catalog.concat_ws(' ', r.ev_enabled, pg_catalog.pg_get_ruledef(r.oid))
            FROM pg_rewrite AS r WHERE r.ev_class = \(old)
            UNION ALL
            SELECT 'policy', p.polname, pg_catalog.concat_ws(' ',
                       p.polcmd, p.polpermissive, ARRAY(SELECT r::text FROM pg_catalog.unnest(p.polroles) AS r ORDER BY 1),
                       pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
            FROM pg_policy AS p WHERE p.polrelid = \(old)
            UNION ALL
            SELECT 'statistics object', s.stxname, pg_catalog.concat_ws(' ',
                       pg_catalog.pg_get_statisticsobjdef(s.oid), pg_catalog.pg_get_userbyid(s.stxowner), coalesce(pg_catalog.to_jsonb(s) ->> 'stxstattarget', '-1'))
            FROM pg_statistic_ext AS s WHERE s.stxrelid = \(old)
            UNION ALL
            SELECT 'sequence', sequence.seq::regclass::text, pg_catalog.concat_ws(' ',
                       a.attname, sequence.kind, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
                       s.seqcycle, c.relpersistence, pg_catalog.pg_get_userbyid(c.relowner), ARRAY(
                           SELECT acl::text FROM pg_catalog.unnest(coalesce(c.relacl, pg_catalog.acldefault('s', c.relowner))) AS acl ORDER BY 1))
            FROM sequence
            JOIN pg_sequence AS s ON s.seqrelid = sequence.seq
            JOIN pg_class AS c ON c.oid = sequence.seq
            JOIN pg_attribute AS a ON a.attrelid = \(old) AND a.attnum = sequence.attnum
            UNION ALL
            SELECT 'view', v.oid::regclass::text, pg_catalog.concat_ws(' ',
                       pg_catalog.pg_get_userbyid(v.relowner), v.reloptions, v.relacl, pg_catalog.pg_get_viewdef(v.oid))
            FROM view JOIN pg_class AS v ON v.oid = view.oid
            UNION ALL
            SELECT 'comment', pg_catalog.pg_describe_object(c.classoid, c.objoid, c.objsubid), c.description
            FROM pg_description AS c JOIN own ON own.classid = c.classoid AND own.objid = c.objoid
            UNION ALL
            SELECT 'security label', pg_catalog.pg_describe_object(l.classoid, l.objoid, l.objsubid), l.provider || ' ' || l.label
            FROM pg_seclabel AS l JOIN own ON own.classid = l.classoid AND own.objid = l.objoid
        ) AS fact
        ORDER BY kind, name, definition
        """
    }
}
