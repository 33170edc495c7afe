import Postgres

/// What is asked of the catalog about a table that rows are written to.
enum CatalogStatements {
    static func table(_ name: Identifier) -> SQL {
        """
        SELECT c.oid::bigint, n.nspname, c.relname, c.relkind::pg_catalog.text,
               EXISTS (
                   -- bits of tgtype: 1 for each row, 2 before, 4 insert
                   -- of the table or of one of its partitions, unless it is switched off in this session
                   SELECT FROM pg_catalog.pg_trigger AS t
                   WHERE (t.tgrelid = c.oid OR c.relkind = 'p' AND t.tgrelid IN (
                             SELECT p.relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree(c.oid::pg_catalog.regclass) AS p))
                     AND NOT t.tgisinternal AND t.tgtype::integer & 7 = 7
                     AND t.tgenabled::pg_catalog.text = ANY (
                         CASE pg_catalog.current_setting('session_replication_role')
                             WHEN 'replica' THEN '{A,R}'::pg_catalog.text[] ELSE '{A,O}'::pg_catalog.text[] END)
               ),
               EXISTS (
                   SELECT FROM pg_catalog.pg_constraint AS f
                   WHERE f.conrelid = c.oid AND f.confrelid = c.oid AND f.contype = 'f'
               ),
               c.relkind = 'r' AND NOT (c.relhasrules OR c.relrowsecurity OR c.relhassubclass) AND NOT EXISTS (
                   SELECT FROM pg_catalog.pg_trigger AS t
                   WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
               )
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.oid = pg_catalog.to_regclass(\(name.quoted))::pg_catalog.oid
        """
    }

    /// Tables of the search path without, of other schemas with their schema.
    static let tableNames: SQL = """
        SELECT CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN c.relname::pg_catalog.text
                    ELSE pg_catalog.format('%s.%s', n.nspname, c.relname) END
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'f')
          AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
        """

    /// The recursion walks down a domain to its base type; a type modifier may stand on any step of the way.
    static func columns(_ table: Int64) -> SQL {
        """
        WITH RECURSIVE step AS (
            SELECT a.attnum, a.atttypid AS typeid, a.atttypmod AS typmod, a.attnotnull AS is_not_null,
                   a.atthasdef AS has_default
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = \(table)::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT s.attnum, t.typbasetype, t.typtypmod, s.is_not_null OR t.typnotnull,
                   s.has_default OR t.typdefault IS NOT NULL
            FROM step AS s
            JOIN pg_catalog.pg_type AS t ON t.oid = s.typeid
            WHERE t.typtype = 'd'
        )
        SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
               pg_catalog.format_type(s.typeid, -1), s.typeid::bigint, pg_catalog.format_type(s.typeid, s.typmod),
               s.is_not_null, s.has_default, a.attgenerated::pg_catalog.text, a.attidentity::pg_catalog.text,
               cn.nspname, co.collname, co.collisdeterministic,
               b.typtype = 'e',
               r.proname IN ('textrecv', 'varcharrecv', 'bpcharrecv', 'namerecv', 'citextrecv', 'enum_recv', 'json_recv'),
               CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
               CASE WHEN a.attidentity <> '' THEN
                   pg_catalog.pg_get_serial_sequence(a.attrelid::pg_catalog.regclass::pg_catalog.text, a.attname)
               END,
               -- typlen tells real arrays from types of a fixed length that can be subscripted
               CASE WHEN b.typlen = -1 AND b.typelem <> 0::pg_catalog.oid THEN b.typelem::bigint END
        FROM step AS s
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = \(table)::pg_catalog.oid AND a.attnum = s.attnum
        JOIN pg_catalog.pg_type AS b ON b.oid = s.typeid AND b.typtype <> 'd'
        LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN pg_catalog.pg_proc AS r ON r.oid = b.typreceive
        LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = a.attcollation AND co.oid <> b.typcollation
        LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
        ORDER BY a.attnum
        """
    }

    /// The indexes that can decide an `ON CONFLICT (columns)`. `indnullsnotdistinct` exists since version 15.
    static func uniqueKeys(_ table: Int64) -> SQL {
        """
        SELECT i.relname, c.conname, x.indisprimary,
               coalesce((pg_catalog.to_jsonb(x) ->> 'indnullsnotdistinct'::pg_catalog.text)::boolean, false),
               ARRAY(
                   SELECT a.attname::pg_catalog.text
                   FROM pg_catalog.unnest(x.indkey[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k(attnum, position)
                   JOIN pg_catalog.pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.attnum
                   ORDER BY k.position
               )
        FROM pg_catalog.pg_index AS x
        JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
        LEFT JOIN pg_catalog.pg_constraint AS c ON c.conindid = x.indexrelid AND c.contype IN ('p', 'u')
        WHERE x.indrelid = \(table)::pg_catalog.oid AND x.indisunique AND x.indisvalid AND x.indimmediate
          AND x.indpred IS NULL AND x.indexprs IS NULL
        ORDER BY x.indisprimary DESC, i.relname
        """
    }
}
