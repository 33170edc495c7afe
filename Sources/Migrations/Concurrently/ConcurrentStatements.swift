import Postgres

/// What is asked and done around statements that work concurrently, under the search path of the file: what is ours says where
/// it is from, what the file names is looked up as the file would have it. Names come as people wrote them, for `to_regclass`,
/// or quoted by the catalog.
enum ConcurrentStatements {
    /// The table of an index to be made, and what has the index's name in its schema.
    static func site(of index: String, on table: String) -> SQL {
        """
        SELECT owner.relkind::pg_catalog.text, pg_catalog.format('%I.%I', namespace.nspname, owner.relname),
               pg_catalog.format('%I.%I', namespace.nspname, \(index)::pg_catalog.text),
               class.oid::pg_catalog.int8, index.indexrelid::pg_catalog.int8,
               coalesce(index.indisvalid AND index.indisready AND index.indislive, false),
               pg_catalog.pg_get_indexdef(index.indexrelid), build.pid
        FROM pg_catalog.pg_class AS owner
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = owner.relnamespace
        LEFT JOIN pg_catalog.pg_class AS class ON class.relnamespace = owner.relnamespace AND class.relname = \(index)
        LEFT JOIN pg_catalog.pg_index AS index ON index.indexrelid = class.oid AND index.indrelid = owner.oid
        LEFT JOIN pg_catalog.pg_stat_progress_create_index AS build
            ON build.index_relid = index.indexrelid AND build.datname = pg_catalog.current_database()
        WHERE owner.oid = pg_catalog.to_regclass(\(table))::pg_catalog.oid
        """
    }

    /// The partitions of a table on which no valid index is attached to the table's index.
    static func partitions(of table: String, without index: String) -> SQL {
        """
        SELECT pg_catalog.format('%I.%I', namespace.nspname, partition.relname), partition.relname::pg_catalog.text
        FROM pg_catalog.pg_inherits AS link
        JOIN pg_catalog.pg_class AS partition ON partition.oid = link.inhrelid
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = partition.relnamespace
        WHERE link.inhparent = pg_catalog.to_regclass(\(table))::pg_catalog.oid
          AND NOT link.inhdetachpending AND partition.relkind <> 'f'
          AND NOT EXISTS (
              SELECT FROM pg_catalog.pg_index AS part
              JOIN pg_catalog.pg_inherits AS part_link ON part_link.inhrelid = part.indexrelid
              WHERE part.indrelid = partition.oid AND part.indisvalid
                AND part_link.inhparent = pg_catalog.to_regclass(\(index))::pg_catalog.oid
          )
        ORDER BY 1
        """
    }

    static func dropIndex(_ quotedName: String) -> SQL {
        "DROP INDEX CONCURRENTLY IF EXISTS \(unsafe: quotedName)"
    }

    static func create(_ index: IndexCreation, named name: String, onlyOn table: String) -> SQL {
        "\(unsafe: index.verb) \(identifier: name) ON ONLY \(unsafe: table) \(unsafe: index.definition)"
    }

    static func createConcurrently(_ index: IndexCreation, named name: String, on table: String) -> SQL {
        "\(unsafe: index.verb) CONCURRENTLY \(identifier: name) ON \(unsafe: table) \(unsafe: index.definition)"
    }

    static func attach(_ part: String, to index: String) -> SQL {
        "ALTER INDEX \(unsafe: index) ATTACH PARTITION \(unsafe: part)"
    }

    /// An empty table of the same columns, to see what the server makes of a definition. It is rolled back.
    static func makeProbe(like table: String) -> SQL {
        "CREATE TEMPORARY TABLE caisson_index_probe (LIKE \(unsafe: table))"
    }

    static func createOnProbe(_ index: IndexCreation) -> SQL {
        "\(unsafe: index.verb) caisson_index_probe_index ON pg_temp.caisson_index_probe \(unsafe: index.definition)"
    }

    static let probeDefinition: SQL =
        "SELECT pg_catalog.pg_get_indexdef('pg_temp.caisson_index_probe_index'::pg_catalog.regclass)"

    /// Whether something of that name exists.
    static func exists(_ name: String) -> SQL {
        "SELECT pg_catalog.to_regclass(\(name)) IS NOT NULL"
    }

    /// Whether a partition is waiting to be detached; no row when it is no partition of the table.
    static func isDetachPending(_ partition: String, from table: String) -> SQL {
        """
        SELECT inhdetachpending FROM pg_catalog.pg_inherits
        WHERE inhrelid = pg_catalog.to_regclass(\(partition))::pg_catalog.oid
          AND inhparent = pg_catalog.to_regclass(\(table))::pg_catalog.oid
        """
    }

    static func finalizeDetach(_ partition: String, from table: String) -> SQL {
        "ALTER TABLE \(unsafe: table) DETACH PARTITION \(unsafe: partition) FINALIZE"
    }

    /// Invalid indexes that a `REINDEX CONCURRENTLY` of this object has left behind, and nobody is building.
    ///
    /// "If the index marked INVALID is suffixed _ccnew, then it corresponds to the transient index created during the
    /// concurrent operation [...]. If [...] suffixed _ccold, it corresponds to the original index which could not be
    /// dropped; the recommended method is to just drop said index."
    static func leftovers(of reindexing: Reindexing) -> SQL {
        """
        SELECT pg_catalog.format('%I.%I', namespace.nspname, class.relname)
        FROM pg_catalog.pg_index AS index
        JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
        JOIN pg_catalog.pg_class AS owner ON owner.oid = index.indrelid
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE NOT index.indisvalid AND class.relname ~ '_cc(new|old)[0-9]*$' AND class.relkind = 'i'
          AND owner.relkind <> 't' AND \(scope(of: reindexing))
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS build
                          WHERE build.index_relid = index.indexrelid)
        ORDER BY 1
        """
    }

    private static func scope(of reindexing: Reindexing) -> SQL {
        switch (reindexing.object, reindexing.name) {
        case (.index, let name?):
            """
            index.indrelid IN (SELECT whole.indrelid FROM pg_catalog.pg_index AS whole
                               WHERE whole.indexrelid IN (SELECT relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(\(name)))
                                                          UNION SELECT pg_catalog.to_regclass(\(name))::pg_catalog.oid))
            """
        case (.table, let name?):
            """
            index.indrelid IN (SELECT relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(\(name)))
                               UNION SELECT pg_catalog.to_regclass(\(name))::pg_catalog.oid)
            """
        case (.schema, let name?): "namespace.oid = pg_catalog.to_regnamespace(\(name))"
        default: "true"
        }
    }

    /// The name of an index if it is not valid.
    static func invalidIndex(_ name: String) -> SQL {
        """
        SELECT indexrelid::pg_catalog.regclass::pg_catalog.text FROM pg_catalog.pg_index
        WHERE indexrelid = pg_catalog.to_regclass(\(name))::pg_catalog.oid
          AND NOT (indisvalid AND indisready AND indislive)
        """
    }
}
