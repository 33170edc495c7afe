import Postgres

/// What preflight asks the system catalogs.
enum CatalogStatements {
    /// The table of a name as the search path finds it: oid, schema, name, kind.
    static func table(_ name: Identifier) -> SQL {
        """
        SELECT class.oid::bigint,
               namespace.nspname::pg_catalog.text,
               class.relname::pg_catalog.text,
               class.relkind::pg_catalog.text
        FROM pg_catalog.pg_class AS class
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE class.oid = pg_catalog.to_regclass(\(name.quoted))::pg_catalog.oid
        """
    }

    /// A column of `pg_inherits` that servers before 14 do not have: a partition that is being detached is no longer
    /// read through its parent.
    private static let stays: SQL =
        "coalesce((pg_catalog.to_jsonb(link) ->> 'inhdetachpending'::pg_catalog.text)::boolean, false) = false"

    /// The tables that hold the rows of a table: itself, or the leaves below a partitioned one, or a table and those
    /// that inherit from it. Oid, schema, name, kind, estimated rows, pages.
    static func parts(ofTable oid: Int64) -> SQL {
        """
        WITH RECURSIVE tree AS (
            SELECT \(oid)::pg_catalog.oid AS oid
            UNION
            SELECT link.inhrelid
            FROM pg_catalog.pg_inherits AS link
            JOIN tree ON tree.oid = link.inhparent
            WHERE \(stays)
        )
        SELECT class.oid::bigint,
               namespace.nspname::pg_catalog.text,
               class.relname::pg_catalog.text,
               class.relkind::pg_catalog.text,
               greatest(class.reltuples, 0)::bigint,
               coalesce(pg_catalog.pg_relation_size(class.oid) / pg_catalog.current_setting('block_size')::bigint, 0)::bigint
        FROM tree
        JOIN pg_catalog.pg_class AS class ON class.oid = tree.oid
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE class.relkind <> 'p'
        ORDER BY class.oid
        """
    }

    /// Whether a table still is one of those that hold the rows of another.
    static func isPart(_ part: Int64, of root: Int64) -> SQL {
        """
        WITH RECURSIVE above AS (
            SELECT class.oid FROM pg_catalog.pg_class AS class WHERE class.oid = \(part)::pg_catalog.oid
            UNION
            SELECT link.inhparent
            FROM pg_catalog.pg_inherits AS link
            JOIN above ON above.oid = link.inhrelid
            WHERE \(stays)
        )
        SELECT EXISTS (SELECT FROM above WHERE oid = \(root)::pg_catalog.oid)
        """
    }

    /// The columns by which a table and the partitioned tables below it are cut into partitions.
    static func partitionColumns(ofTable oid: Int64) -> SQL {
        """
        SELECT DISTINCT attribute.attname::pg_catalog.text
        FROM pg_catalog.pg_partition_tree(\(oid)::pg_catalog.oid::pg_catalog.regclass) AS tree
        JOIN pg_catalog.pg_partitioned_table AS partitioned ON partitioned.partrelid = tree.relid::pg_catalog.oid
        JOIN pg_catalog.pg_attribute AS attribute
          ON attribute.attrelid = partitioned.partrelid
         AND (attribute.attnum = ANY (partitioned.partattrs::pg_catalog.int2[])
              -- The columns of an expression depend on the table as a whole.
              OR EXISTS (
                  SELECT FROM pg_catalog.pg_depend AS depend
                  WHERE depend.classid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AND depend.objid = partitioned.partrelid
                    AND depend.objsubid = attribute.attnum AND depend.deptype = 'i'
                    AND depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AND depend.refobjid = partitioned.partrelid
                    AND depend.refobjsubid = 0
              ))
        """
    }

    /// How long the server has been up, in seconds by its own clock.
    static let uptime: SQL =
        "SELECT extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.pg_postmaster_start_time())::pg_catalog.float8"

    /// How well the order of a column follows the order of the rows in the table, from -1 to 1.
    static func correlation(ofTable oid: Int64, column: String) -> SQL {
        """
        SELECT stats.correlation::pg_catalog.float8
        FROM pg_catalog.pg_stats AS stats
        JOIN pg_catalog.pg_class AS class ON class.oid = \(oid)::pg_catalog.oid
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE stats.schemaname = namespace.nspname AND stats.tablename = class.relname
          AND stats.attname = \(column) AND NOT stats.inherited
        """
    }

    /// The names of the tables that a person may have meant.
    static let tableNames: SQL = """
        SELECT relname::pg_catalog.text
        FROM pg_catalog.pg_class
        WHERE relkind IN ('r', 'p') AND pg_catalog.pg_table_is_visible(oid) AND relnamespace <> 'pg_catalog'::pg_catalog.regnamespace
        """

    /// The columns of a table: name, type without length, whether NULL is allowed, whether a btree can order it the
    /// same way every time. A nondeterministic collation makes different texts equal, so a walk could skip some.
    static func columns(ofTable oid: Int64) -> SQL {
        """
        SELECT attribute.attname::pg_catalog.text,
               pg_catalog.format_type(attribute.atttypid, -1),
               NOT attribute.attnotnull,
               coalesce(collation_.collisdeterministic, true) AND EXISTS (
                   SELECT FROM pg_catalog.pg_type AS type
                   LEFT JOIN pg_catalog.pg_type AS base ON base.oid = type.typbasetype
                   JOIN pg_catalog.pg_opclass AS class ON class.opcdefault
                   JOIN pg_catalog.pg_am AS method ON method.oid = class.opcmethod AND method.amname = 'btree'
                   WHERE type.oid = attribute.atttypid
                     AND (class.opcintype IN (type.oid, base.oid)
                          OR class.opcintype = 'text'::pg_catalog.regtype::pg_catalog.oid AND coalesce(base.typcategory, type.typcategory) = 'S'
                          OR class.opcintype = 'anyenum'::pg_catalog.regtype::pg_catalog.oid AND coalesce(base.typtype, type.typtype) = 'e'
                          OR class.opcintype = 'anyarray'::pg_catalog.regtype::pg_catalog.oid AND coalesce(base.typcategory, type.typcategory) = 'A'
                          OR class.opcintype = 'anyrange'::pg_catalog.regtype::pg_catalog.oid AND coalesce(base.typtype, type.typtype) = 'r')
               )
        FROM pg_catalog.pg_attribute AS attribute
        LEFT JOIN pg_catalog.pg_collation AS collation_ ON collation_.oid = attribute.attcollation
        WHERE attribute.attrelid = \(oid)::pg_catalog.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
        ORDER BY attribute.attnum
        """
    }

    /// The whole, valid btree indexes that give the order in which a walk goes: plain columns, compared as the columns
    /// themselves are, all ascending or all descending, with NULLs where they belong by default. Columns, unique, primary.
    static func indexes(ofTable oid: Int64) -> SQL {
        """
        SELECT pg_catalog.array_agg(attribute.attname::pg_catalog.text ORDER BY position.number),
               index.indisunique,
               index.indisprimary
        FROM pg_catalog.pg_index AS index
        JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
        JOIN pg_catalog.pg_am AS method ON method.oid = class.relam AND method.amname = 'btree'
        CROSS JOIN LATERAL pg_catalog.generate_series(1, index.indnkeyatts) AS position(number)
        JOIN pg_catalog.pg_attribute AS attribute
          ON attribute.attrelid = index.indrelid AND attribute.attnum = index.indkey[position.number - 1]
        JOIN pg_catalog.pg_opclass AS operators ON operators.oid = index.indclass[position.number - 1]
        WHERE index.indrelid = \(oid)::pg_catalog.oid
          AND index.indisvalid AND index.indisready
          AND index.indpred IS NULL AND index.indexprs IS NULL
          AND (
              SELECT pg_catalog.count(DISTINCT option) = 1 AND pg_catalog.bool_and(option IN (0, 3))
              FROM pg_catalog.unnest(index.indoption::pg_catalog.int2[]) AS option
          )
        GROUP BY index.indexrelid, index.indisunique, index.indisprimary
        HAVING pg_catalog.bool_and(
            operators.opcdefault AND index.indcollation[position.number - 1] = attribute.attcollation
        )
        ORDER BY index.indisprimary DESC, index.indisunique DESC
        """
    }

    /// The columns of a table's primary key in order.
    static func primaryKey(of table: Identifier) -> SQL {
        """
        SELECT attribute.attname::pg_catalog.text
        FROM pg_catalog.pg_index AS index
        CROSS JOIN LATERAL pg_catalog.generate_series(1, index.indnkeyatts) AS position(number)
        JOIN pg_catalog.pg_attribute AS attribute
          ON attribute.attrelid = index.indrelid AND attribute.attnum = index.indkey[position.number - 1]
        WHERE index.indrelid = pg_catalog.to_regclass(\(table.quoted))::pg_catalog.oid AND index.indisprimary
        ORDER BY position.number
        """
    }
}
