import Postgres

/// What preflight asks the system catalogs.
enum CatalogStatements {
    /// The table of a name as the search path finds it: oid, schema, name, kind, estimated rows, pages.
    static func table(_ name: Identifier) -> SQL {
        """
        SELECT class.oid::bigint,
               namespace.nspname::text,
               class.relname::text,
               class.relkind::text,
               greatest(
                   CASE WHEN class.relkind = 'p' THEN (
                       SELECT sum(greatest(leaf.reltuples, 0))
                       FROM pg_partition_tree(class.oid) AS tree
                       JOIN pg_class AS leaf ON leaf.oid = tree.relid
                       WHERE tree.isleaf
                   ) ELSE class.reltuples END, 0
               )::bigint,
               (pg_relation_size(class.oid) / current_setting('block_size')::bigint)::bigint
        FROM pg_class AS class
        JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE class.oid = to_regclass(\(name.quoted))
        """
    }

    /// The names of the tables that a person may have meant.
    static let tableNames: SQL = """
        SELECT relname::text
        FROM pg_class
        WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid) AND relnamespace <> 'pg_catalog'::regnamespace
        """

    /// The columns of a table: name, type without length, whether NULL is allowed, whether a btree can order it the
    /// same way every time. A nondeterministic collation makes different texts equal, so a walk could skip some.
    static func columns(ofTable oid: Int64) -> SQL {
        """
        SELECT attribute.attname::text,
               format_type(attribute.atttypid, -1),
               NOT attribute.attnotnull,
               coalesce(collation_.collisdeterministic, true) AND EXISTS (
                   SELECT FROM pg_type AS type
                   LEFT JOIN pg_type AS base ON base.oid = type.typbasetype
                   JOIN pg_opclass AS class ON class.opcdefault
                   JOIN pg_am AS method ON method.oid = class.opcmethod AND method.amname = 'btree'
                   WHERE type.oid = attribute.atttypid
                     AND (class.opcintype IN (type.oid, base.oid)
                          OR class.opcintype = 'text'::regtype AND coalesce(base.typcategory, type.typcategory) = 'S'
                          OR class.opcintype = 'anyenum'::regtype AND coalesce(base.typtype, type.typtype) = 'e'
                          OR class.opcintype = 'anyarray'::regtype AND coalesce(base.typcategory, type.typcategory) = 'A'
                          OR class.opcintype = 'anyrange'::regtype AND coalesce(base.typtype, type.typtype) = 'r')
               )
        FROM pg_attribute AS attribute
        LEFT JOIN pg_collation AS collation_ ON collation_.oid = attribute.attcollation
        WHERE attribute.attrelid = \(oid) AND attribute.attnum > 0 AND NOT attribute.attisdropped
        ORDER BY attribute.attnum
        """
    }

    /// The whole, valid btree indexes whose columns are plain and sorted alike: columns, unique, primary.
    static func indexes(ofTable oid: Int64) -> SQL {
        """
        SELECT array_agg(attribute.attname::text ORDER BY position.number),
               index.indisunique,
               index.indisprimary
        FROM pg_index AS index
        JOIN pg_class AS class ON class.oid = index.indexrelid
        JOIN pg_am AS method ON method.oid = class.relam AND method.amname = 'btree'
        CROSS JOIN LATERAL generate_series(1, index.indnkeyatts) AS position(number)
        JOIN pg_attribute AS attribute
          ON attribute.attrelid = index.indrelid AND attribute.attnum = index.indkey[position.number - 1]
        WHERE index.indrelid = \(oid)
          AND index.indisvalid AND index.indisready
          AND index.indpred IS NULL AND index.indexprs IS NULL
          AND (SELECT count(DISTINCT option & 1) FROM unnest(index.indoption::int2[]) AS option) = 1
        GROUP BY index.indexrelid, index.indisunique, index.indisprimary
        ORDER BY index.indisprimary DESC, index.indisunique DESC
        """
    }

    /// The columns of a table's primary key in order.
    static func primaryKey(of table: Identifier) -> SQL {
        """
        SELECT attribute.attname::text
        FROM pg_index AS index
        CROSS JOIN LATERAL generate_series(1, index.indnkeyatts) AS position(number)
        JOIN pg_attribute AS attribute
          ON attribute.attrelid = index.indrelid AND attribute.attnum = index.indkey[position.number - 1]
        WHERE index.indrelid = to_regclass(\(table.quoted)) AND index.indisprimary
        ORDER BY position.number
        """
    }
}
