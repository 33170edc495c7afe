import Postgres

/// Functions and operators in a schema that match better than what the server has, for pairs of types for which it has no exact one.
/// One that is called fails, and leaves a trace for the case that somebody takes the failure for another.
enum Overloads {
    /// Makes them.
    static func create(in schema: String, on connection: Connection) throws {
        try connection.runScript(operators(schema))
        try connection.runScript(functions(schema))
    }

    private static func operators(_ schema: String) -> String {
        """
        DO $body$
        DECLARE
            numbers pg_catalog.text[] := ARRAY['int2', 'int4', 'int8', 'oid', 'regclass', 'regtype', 'float8', 'numeric'];
            types pg_catalog.text[] := numbers || ARRAY[
                'text', 'varchar', 'name', '"char"', 'bool', 'jsonb', 'timestamptz', 'xid', 'tid', 'text[]', 'int2[]', 'oid[]', 'tid[]'
            ];
            symbols pg_catalog.text[] := ARRAY['=', '<>', '<', '<=', '>', '>=', '||', '->>', '+', '-', '*', '/', '&', '~'];
            left_ pg_catalog.text;
            right_ pg_catalog.text;
            symbol pg_catalog.text;
            result pg_catalog.text;
        BEGIN
            FOREACH left_ IN ARRAY types LOOP
                FOREACH right_ IN ARRAY types LOOP
                    FOREACH symbol IN ARRAY symbols LOOP
                        CONTINUE WHEN EXISTS (
                            SELECT FROM pg_catalog.pg_operator
                            WHERE oprname = symbol AND oprnamespace = 'pg_catalog'::regnamespace
                              AND oprleft = left_::regtype AND oprright = right_::regtype
                        );
                        result := CASE WHEN symbol IN ('=', '<>', '<', '<=', '>', '>=', '~') THEN 'bool'
                            WHEN symbol IN ('||', '->>') THEN 'text' WHEN symbol = '&' THEN 'int8' ELSE 'numeric' END;
                        EXECUTE format(
                            'CREATE FUNCTION \(schema).%I(a %s, b %s) RETURNS %s LANGUAGE plpgsql SET search_path = pg_catalog AS '
                            || '$f$ BEGIN PERFORM nextval(''public.captured''); '
                            || 'RAISE EXCEPTION ''captured: %s %s %s''; END $f$',
                            'captured ' || symbol, left_, right_, result, left_, symbol, right_
                        );
                        EXECUTE format(
                            'CREATE OPERATOR \(schema).%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = \(schema).%I)',
                            symbol, left_, right_, 'captured ' || symbol
                        );
                    END LOOP;
                END LOOP;
            END LOOP;
        END $body$;
        """
    }

    private static func functions(_ schema: String) -> String {
        """
        DO $body$
        DECLARE
            types pg_catalog.text[] := ARRAY[
                'text', 'varchar', 'name', 'int2', 'int4', 'int8', 'oid', 'regclass', 'bool', 'jsonb', 'text[]', 'oid[]', 'tid', 'xid'
            ];
            names pg_catalog.text[] := ARRAY[
                \(names.map { "'\($0)'" }.joined(separator: ", "))
            ];
            name_ pg_catalog.text;
            first_ pg_catalog.text;
            arguments pg_catalog.text;
        BEGIN
            FOREACH name_ IN ARRAY names LOOP
                FOR arguments IN
                    SELECT one FROM unnest(types) AS one
                    UNION ALL
                    SELECT one || ', ' || two FROM unnest(types[1:8]) AS one, unnest(types[1:8]) AS two
                LOOP
                    CONTINUE WHEN to_regprocedure(format('pg_catalog.%s(%s)', name_, arguments)) IS NOT NULL;
                    EXECUTE format(
                        'CREATE FUNCTION \(schema).%I(%s) RETURNS text LANGUAGE plpgsql AS '
                        || '$f$ BEGIN PERFORM nextval(''public.captured''); RAISE EXCEPTION ''captured: %s(%s)''; END $f$',
                        name_, arguments, name_, arguments
                    );
                END LOOP;
            END LOOP;
        END $body$;
        """
    }

    /// What the tool's statements call.
    private static let names = [
        "age", "array_agg", "array_remove", "bool_and", "bool_or", "cardinality", "concat_ws", "convert_to",
        "count",
        "current_setting", "encode", "format", "format_type", "generate_series", "hashtextextended", "host",
        "jsonb_array_elements_text", "jsonb_build_object", "left", "length", "make_interval", "max", "min",
        "nextval",
        "pg_advisory_xact_lock", "pg_get_expr", "pg_get_serial_sequence", "pg_relation_filenode",
        "pg_relation_size",
        "pg_size_bytes", "pg_table_is_visible", "pg_try_advisory_lock", "quote_ident", "set_config", "sha256",
        "starts_with",
        "string_agg", "sum", "to_jsonb", "to_regclass", "unnest",
    ]
}
