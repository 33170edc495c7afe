import Control
import Postgres

/// Every statement that looks at what a database holds.
enum SchemaStatements {
    /// A few of the objects that somebody has made here, by name; none in a fresh database. What belongs to an extension
    /// does not count, since templates come with those.
    static func userObjects(on connection: Connection, besides schema: ControlSchema) throws -> [String] {
        let tables = try ControlTables(on: connection)
        return try connection.query(userObjects(besides: tables, in: schema), as: String.self)
    }

    private static func userObjects(besides tables: ControlTables, in schema: ControlSchema) -> SQL {
        """
        WITH foreign_schema AS (
            SELECT oid, nspname FROM pg_catalog.pg_namespace
            WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
              AND nspname !~ '^pg_(toast_)?temp_'
        ), own (oid) AS (
            SELECT pg_catalog.unnest(\(tables.oids)::bigint[])::pg_catalog.oid
        ), object (classid, objid, name) AS (
            SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, class.oid, pg_catalog.format('%I.%I', nspname, relname)
            FROM pg_catalog.pg_class AS class JOIN foreign_schema ON foreign_schema.oid = relnamespace
            WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND class.oid NOT IN (SELECT oid FROM own)
              AND NOT EXISTS (
                  SELECT FROM pg_catalog.pg_depend AS depend
                  WHERE depend.classid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AND depend.objid = class.oid
                    AND depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AND depend.refobjid IN (SELECT oid FROM own)
                    AND class.relkind = 'S'
              )
            UNION ALL
            SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid, proc.oid, pg_catalog.format('%I.%I()', nspname, proname)
            FROM pg_catalog.pg_proc AS proc JOIN foreign_schema ON foreign_schema.oid = pronamespace
            UNION ALL
            SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid, type.oid, pg_catalog.format('%I.%I', nspname, typname)
            FROM pg_catalog.pg_type AS type JOIN foreign_schema ON foreign_schema.oid = typnamespace
            WHERE typrelid = 0::pg_catalog.oid AND typelem = 0::pg_catalog.oid
            UNION ALL
            SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid, oid, pg_catalog.format('%I', nspname) FROM foreign_schema
            WHERE nspname NOT IN ('public', \(schema.name)) AND nspname <> ALL (\(tables.schemas))
        )
        SELECT name FROM object
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS depend
            WHERE (depend.classid, depend.objid, depend.deptype) = (object.classid, object.objid, 'e')
        )
        ORDER BY name COLLATE "C" LIMIT 5
        """
    }

    /// The materialized views that have been filled, one that reads another behind it.
    ///
    /// A dump of the schema leaves them empty, and one that was never filled cannot be read from.
    static func filledViews(on connection: Connection) throws -> [Identifier] {
        try connection.query(filledViews, as: String.self, String.self).map { Identifier($0, $1) }
    }

    private static var filledViews: SQL {
        """
        WITH RECURSIVE reads AS (
            SELECT DISTINCT rewrite.ev_class AS reader, depend.refobjid AS source
            FROM pg_catalog.pg_rewrite AS rewrite
            JOIN pg_catalog.pg_depend AS depend
                ON depend.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass::pg_catalog.oid AND depend.objid = rewrite.oid
                AND depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AND depend.refobjid <> rewrite.ev_class
            JOIN pg_catalog.pg_class AS source ON source.oid = depend.refobjid AND source.relkind IN ('v', 'm')
        ), ranked AS (
            SELECT oid AS view, 0 AS rank FROM pg_catalog.pg_class WHERE relkind IN ('v', 'm')
            UNION
            SELECT reads.reader, ranked.rank + 1 FROM ranked JOIN reads ON reads.source = ranked.view
            WHERE ranked.rank < 1000
        )
        SELECT nspname, relname
        FROM pg_catalog.pg_class AS class
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        JOIN ranked ON ranked.view = class.oid
        WHERE class.relkind = 'm' AND class.relispopulated
        GROUP BY nspname, relname
        ORDER BY pg_catalog.max(ranked.rank), nspname COLLATE "C", relname COLLATE "C"
        """
    }
}
