import Postgres

extension ChunkStatements {
    /// Which of the names and operators of an expression may look at anything but the row itself.
    ///
    /// What the server comes with reads no tables, but for the functions that run a query given as text, or large
    /// objects. Others must be declared IMMUTABLE: "An IMMUTABLE function cannot modify the database and is guaranteed
    /// to return the same results given the same arguments forever" (manual, 38.7). Object ids below 16384 are the
    /// server's own.
    static func reachingOut(names: Set<String>, operators: Set<String>) -> SQL {
        """
        SELECT function.proname::pg_catalog.text || '()'
        FROM pg_catalog.pg_proc AS function
        WHERE function.proname = ANY (\(PostgresArray(names.sorted()))::pg_catalog.text[])
          AND CASE WHEN function.oid < 16384::pg_catalog.oid
                   THEN function.proname ~ '_to_xml' OR function.proname IN ('ts_stat', 'ts_rewrite', 'lo_get', 'loread')
                   ELSE function.provolatile <> 'i' END
        UNION ALL
        SELECT 'the operator ' || operator.oprname::pg_catalog.text
        FROM pg_catalog.pg_operator AS operator
        JOIN pg_catalog.pg_proc AS function ON function.oid = operator.oprcode
        WHERE operator.oprname = ANY (\(PostgresArray(operators.sorted()))::pg_catalog.text[])
          AND operator.oid >= 16384::pg_catalog.oid AND function.provolatile <> 'i'
        UNION ALL
        SELECT 'a cast by ' || function.proname::pg_catalog.text
        FROM pg_catalog.pg_cast AS conversion
        JOIN pg_catalog.pg_proc AS function ON function.oid = conversion.castfunc
        WHERE conversion.oid >= 16384::pg_catalog.oid AND function.provolatile <> 'i'
        ORDER BY 1
        LIMIT 1
        """
    }

    /// Whether an index begins with the key, and in which direction it is read then.
    static func direction(ofIndex name: String, _ key: KeyColumns) -> SQL {
        """
        SELECT CASE WHEN index.indoption[0] & 1 = 0 THEN 'Forward' ELSE 'Backward' END
        FROM pg_catalog.pg_index AS index
        JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
        WHERE index.indrelid = pg_catalog.to_regclass(\(key.table.quoted))::pg_catalog.oid AND class.relname = \(name)
          AND \(PostgresArray(key.names))::pg_catalog.text[] OPERATOR(pg_catalog.=) ARRAY(
              SELECT attribute.attname::pg_catalog.text
              FROM pg_catalog.generate_series(1, \(key.columns.count)) AS position(number)
              JOIN pg_catalog.pg_attribute AS attribute
                ON attribute.attrelid = index.indrelid AND attribute.attnum = index.indkey[position.number - 1]
              ORDER BY position.number
          )
        """
    }
}
