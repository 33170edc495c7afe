import Postgres

extension ReplacementStatements {
    /// What keeps the table from being replaced: a kind (``ReplaceObstacle``) and a name each.
    ///
    /// Whatever depends on the table, its row type, an index or a constraint of it and is none of what ``swap`` carries over is
    /// found by `pg_depend`, where the server keeps it for DROP.
    var obstacles: SQL {
        """
        WITH \(sequence),
        \(view),
        \(own)
        SELECT kind, name FROM (
            SELECT 'kind' AS kind, CASE
                       WHEN c.relkind <> 'r' THEN 'it is no ordinary table'
                       WHEN c.relispartition THEN 'it is a partition'
                       WHEN c.relhassubclass AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid) THEN 'other tables inherit from it'
                       WHEN EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid) THEN 'it inherits from another table'
                       WHEN c.reloftype <> 0 THEN 'it is a table of a type'
                       WHEN c.relpersistence = 't' THEN 'it is a temporary table'
                       WHEN EXISTS (
                           SELECT FROM pg_depend AS d
                           WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
                       ) THEN 'it belongs to an extension'
                   END AS name
            FROM pg_class AS c WHERE c.oid = \(old)
            UNION ALL
            SELECT 'role', pg_catalog.format('the table %I.%I is owned by %I', n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner))
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE (c.oid = \(old) OR c.oid IN (SELECT oid FROM view)
                      OR c.oid IN (SELECT conrelid FROM pg_constraint WHERE confrelid = \(old) AND contype = 'f'))
              AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')
            UNION ALL
            SELECT 'role', pg_catalog.format('nobody gave %I the right to create tables in the schema %I', current_user, n.nspname)
            FROM pg_namespace AS n
            WHERE NOT pg_catalog.has_schema_privilege(n.oid, 'CREATE')
              AND n.oid IN (SELECT relnamespace FROM pg_class WHERE oid = \(old) OR oid IN (SELECT oid FROM view))
            UNION ALL
            SELECT DISTINCT 'dependent', pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
            FROM pg_depend AS d
            JOIN own ON own.classid = d.refclassid AND own.objid = d.refobjid
            WHERE NOT EXISTS (SELECT FROM own AS also WHERE also.classid = d.classid AND also.objid = d.objid)
              AND NOT (d.classid = 'pg_constraint'::regclass AND EXISTS (
                  SELECT FROM pg_constraint AS f WHERE f.oid = d.objid AND f.confrelid = \(old) AND f.contype = 'f'))
              AND NOT (d.classid = 'pg_trigger'::regclass AND EXISTS (
                  SELECT FROM pg_trigger AS g JOIN pg_constraint AS f ON f.oid = g.tgconstraint
                  WHERE g.oid = d.objid AND \(old) IN (f.conrelid, f.confrelid)))
              AND NOT (d.classid = 'pg_rewrite'::regclass AND EXISTS (
                  SELECT FROM pg_rewrite AS r JOIN view ON view.oid = r.ev_class WHERE r.oid = d.objid AND r.rulename = '_RETURN'))
              AND NOT (d.classid = 'pg_class'::regclass AND d.objid IN (SELECT seq FROM sequence))
              AND NOT (d.classid = 'pg_class'::regclass AND EXISTS (
                  SELECT FROM pg_class AS toast WHERE toast.oid = \(old) AND toast.reltoastrelid = d.objid))
              AND NOT (d.classid = 'pg_attrdef'::regclass AND EXISTS (
                  SELECT FROM pg_attrdef AS f
                  JOIN pg_class AS b ON b.oid = f.adrelid
                  JOIN pg_class AS c ON c.oid = \(old) AND c.relnamespace = b.relnamespace
                  WHERE f.oid = d.objid AND b.relname = \(Self.besideName("c.relname", "c.oid"))))
              AND d.classid NOT IN ('pg_publication_rel'::regclass)
            UNION ALL
            SELECT 'publication', pg_catalog.format('the publication %I', p.pubname)
            FROM pg_publication_tables AS p
            JOIN pg_class AS c ON c.relname = p.tablename
            JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = p.schemaname
            WHERE c.oid = \(old)
            UNION ALL
            SELECT 'publication', 'a subscription' FROM pg_subscription_rel WHERE srrelid = \(old)
            UNION ALL
            SELECT 'trigger', pg_catalog.format('the trigger %I', g.tgname)
            FROM pg_trigger AS g
            WHERE g.tgrelid = \(old) AND NOT g.tgisinternal AND g.tgtype & 4 = 4 AND g.tgtype & 7 <> 7
              AND g.tgenabled::text = ANY (CASE pg_catalog.current_setting('session_replication_role')
                      WHEN 'replica' THEN '{A,R}'::text[] ELSE '{A,O}'::text[] END)
            UNION ALL
            SELECT 'state', pg_catalog.format('the index %I is not valid', i.relname)
            FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
            WHERE x.indrelid = \(old) AND NOT (x.indisvalid AND x.indisready)
            UNION ALL
            SELECT 'state', pg_catalog.format('the trigger of the constraint %I is switched off', f.conname)
            FROM pg_trigger AS g JOIN pg_constraint AS f ON f.oid = g.tgconstraint
            WHERE (g.tgrelid = \(old) OR f.confrelid = \(old)) AND g.tgisinternal AND g.tgenabled <> 'O'
            UNION ALL
            SELECT DISTINCT 'state', pg_catalog.format('%I has granted privileges on it and does not own it', pg_catalog.pg_get_userbyid(item.grantor))
            FROM pg_class AS c
            LEFT JOIN LATERAL (
                SELECT a.grantor FROM pg_catalog.aclexplode(c.relacl) AS a
                UNION ALL
                SELECT a.grantor FROM pg_attribute AS at, pg_catalog.aclexplode(at.attacl) AS a WHERE at.attrelid = c.oid
            ) AS item ON true
            WHERE (c.oid = \(old) OR c.oid IN (SELECT seq FROM sequence WHERE kind = 'i')) AND item.grantor <> c.relowner
        ) AS found
        WHERE name IS NOT NULL
        ORDER BY kind, name
        """
    }
}
