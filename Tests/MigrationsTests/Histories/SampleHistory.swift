/// The history of a project that uses most of what PostgreSQL offers: one list of statements, which
/// `HistoryWriter` puts into the form of each tool.
enum SampleHistory {
    struct Step: Sendable {
        let name: String
        let up: String
        let down: String
        /// Whether the file has to run without a transaction.
        var isBare = false
        /// Whether a statement holds semicolons that a simple splitter would trip over.
        var isNested = false
    }

    static let steps: [Step] = tables + routines + structures + refinements

    private static let tables = [
        Step(
            name: "create_status",
            up: "CREATE TYPE status AS ENUM ('draft', 'live', 'it''s; gone');",
            down: "DROP TYPE status;"
        ),
        Step(
            name: "create_country",
            up:
                "-- Länder\nCREATE TABLE country (\n    code char(2) PRIMARY KEY,\n    name text NOT NULL\n);",
            down: "DROP TABLE country;"
        ),
        Step(
            name: "create_city",
            up: """
                CREATE TABLE city (
                    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                    name text NOT NULL, /* a comment; with /* another; inside */ */
                    country char(2) REFERENCES country,
                    status status NOT NULL DEFAULT 'draft'
                );
                CREATE INDEX city_country_index ON city (country);
                """,
            down: "DROP TABLE city"
        ),
        Step(name: "nothing_but_words", up: "-- left empty; on purpose\n/* truly */", down: "-- nothing"),
        Step(
            name: "load_countries",
            up:
                "COPY country (code, name) FROM stdin;\nDE\tDeutschland; Ende\nFR\t$$France$$\nIS\tÍsland '--\n\\.\n",
            down: "DELETE FROM country WHERE code IN ('DE', 'FR', 'IS');"
        ),
        Step(
            name: "load_cities",
            up:
                "INSERT INTO city (name, country) VALUES ('Köln', 'DE'), (E'L\\'Haÿ; les', 'FR'), (U&'Reykjav\\00EDk', 'IS');",
            down: "DELETE FROM city;"
        ),
        Step(
            name: "wrapped_by_hand",
            up:
                "BEGIN;\nCREATE TABLE note (id integer PRIMARY KEY, text text);\nINSERT INTO note VALUES (1, 'BEGIN; COMMIT;');\nCOMMIT;",
            down: "BEGIN;\nDROP TABLE note;\nCOMMIT;"
        ),
        Step(
            name: "odd_names",
            up: "CREATE TABLE \"Straße; \"\"Nr\"\" -- 1\" (\"größe; m²\" numeric, \"select\" int)",
            down: "DROP TABLE \"Straße; \"\"Nr\"\" -- 1\";"
        ),
    ]

    private static let routines = [
        Step(
            name: "function_in_dollars",
            up:
                "CREATE FUNCTION shout(text) RETURNS text LANGUAGE plpgsql AS $$\nBEGIN\n  -- a comment; here\n  RETURN upper($1) || ';';\nEND;\n$$;",
            down: "DROP FUNCTION shout(text);",
            isNested: true
        ),
        Step(
            name: "function_with_tags",
            up:
                "CREATE FUNCTION build() RETURNS void LANGUAGE plpgsql AS $größe$\nBEGIN\n  EXECUTE $q$SELECT '$$;$$'; $q$;\nEND $größe$;",
            down: "DROP FUNCTION build();",
            isNested: true
        ),
        Step(
            name: "function_in_quotes",
            up: "CREATE FUNCTION plain() RETURNS text LANGUAGE sql AS 'SELECT ''a; b''::text;';",
            down: "DROP FUNCTION plain();",
            isNested: true
        ),
        Step(
            name: "function_in_escapes",
            up:
                "CREATE FUNCTION escaped() RETURNS text LANGUAGE sql AS E'SELECT \\'a;\\\\n\\'::text; -- \\' ;\\n';",
            down: "DROP FUNCTION escaped();",
            isNested: true
        ),
        Step(
            name: "function_by_the_standard",
            up: """
                CREATE FUNCTION standard(n int) RETURNS int LANGUAGE sql
                BEGIN ATOMIC
                    SELECT 1;
                    SELECT CASE WHEN n > 1 THEN 2 ELSE 3 END;
                END;
                """,
            down: "DROP FUNCTION standard(int);",
            isNested: true
        ),
        Step(
            name: "procedure",
            up:
                "CREATE PROCEDURE touch_all() LANGUAGE plpgsql AS $p$ BEGIN UPDATE city SET name = name; COMMIT; END $p$;",
            down: "DROP PROCEDURE touch_all();",
            isNested: true
        ),
        Step(
            name: "trigger_of_city",
            up: """
                CREATE FUNCTION city_changed() RETURNS trigger LANGUAGE plpgsql AS $fn$
                BEGIN
                    NEW.name := btrim(NEW.name);
                    RETURN NEW;
                END;
                $fn$;
                CREATE TRIGGER city_changed BEFORE INSERT OR UPDATE ON city
                    FOR EACH ROW EXECUTE FUNCTION city_changed();
                """,
            down: "DROP TRIGGER city_changed ON city;\nDROP FUNCTION city_changed();"
        ),
        Step(
            name: "do_block",
            up:
                "DO $$ BEGIN FOR i IN 1..3 LOOP EXECUTE format('CREATE TABLE made_%s (id int);', i); END LOOP; END $$;",
            down: "DROP TABLE made_1, made_2, made_3;",
            isNested: true
        ),
    ]

    private static let structures = [
        Step(
            name: "create_visit",
            up:
                "CREATE TABLE visit (id bigint, at timestamptz NOT NULL, city_id bigint) PARTITION BY RANGE (at);",
            down: "DROP TABLE visit;"
        ),
        Step(
            name: "partition_visit",
            up: """
                CREATE TABLE visit_2025 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
                CREATE TABLE visit_rest PARTITION OF visit DEFAULT;
                CREATE INDEX ON visit (city_id);
                """,
            down: "DROP TABLE visit_2025; DROP TABLE visit_rest; DROP INDEX visit_city_id_idx;"
        ),
        Step(
            name: "index_city_name",
            up: "CREATE INDEX CONCURRENTLY city_name_index ON city (name text_pattern_ops);",
            down: "DROP INDEX CONCURRENTLY city_name_index;",
            isBare: true
        ),
        Step(
            name: "unique_city_name",
            up: "create unique index concurrently if not exists city_unique ON city (country, name)\n",
            down: "DROP INDEX CONCURRENTLY city_unique;",
            isBare: true
        ),
        Step(
            name: "more_status",
            up: "ALTER TYPE status ADD VALUE IF NOT EXISTS 'archived' BEFORE 'live';",
            down: "-- a value of an enum stays"
        ),
        Step(
            name: "live_cities",
            up: "CREATE VIEW live_city AS SELECT id, name FROM city WHERE status = 'live';",
            down: "DROP VIEW live_city;"
        ),
        Step(
            name: "city_count",
            up:
                "CREATE MATERIALIZED VIEW city_count AS SELECT country, count(*) AS n FROM city GROUP BY country;",
            down: "DROP MATERIALIZED VIEW city_count;"
        ),
        Step(
            name: "rule_of_note",
            up: "CREATE RULE note_insert AS ON INSERT TO note DO ALSO (NOTIFY a; NOTIFY b, 'x; y');",
            down: "DROP RULE note_insert ON note;",
            isNested: true
        ),
    ]

    private static let refinements = [
        Step(
            name: "domain_and_type",
            up:
                "CREATE DOMAIN percent AS numeric CHECK (VALUE BETWEEN 0 AND 100); CREATE TYPE pair AS (a int, b percent);",
            down: "DROP TYPE pair; DROP DOMAIN percent;"
        ),
        Step(
            name: "alter_city",
            up: "ALTER TABLE city ADD COLUMN share percent, ADD COLUMN tags text[] DEFAULT '{\"a;b\"}';",
            down: "ALTER TABLE city DROP COLUMN share, DROP COLUMN tags;"
        ),
        Step(
            name: "check_city",
            up:
                "ALTER TABLE city ADD CONSTRAINT city_named CHECK (name <> '') NOT VALID;\nALTER TABLE city VALIDATE CONSTRAINT city_named;",
            down: "ALTER TABLE city DROP CONSTRAINT city_named;"
        ),
        Step(
            name: "policy",
            up:
                "ALTER TABLE note ENABLE ROW LEVEL SECURITY;\nCREATE POLICY note_all ON note USING (text <> ';');",
            down: "DROP POLICY note_all ON note;\nALTER TABLE note DISABLE ROW LEVEL SECURITY;"
        ),
        Step(
            name: "statistics",
            up: "CREATE STATISTICS city_statistics ON country, status FROM city;",
            down: "DROP STATISTICS city_statistics;"
        ),
        Step(
            name: "comments",
            up:
                "COMMENT ON TABLE city IS U&'St\\00E4dte; --';\nCOMMENT ON COLUMN city.name IS $$it's; \"quoted\"$$;",
            down: "COMMENT ON TABLE city IS NULL; COMMENT ON COLUMN city.name IS NULL;"
        ),
        Step(
            name: "sequence",
            up: "CREATE SEQUENCE ticket START 100 INCREMENT 5;\nSELECT setval('ticket', 200);",
            down: "DROP SEQUENCE ticket;"
        ),
        Step(
            name: "drop_an_index",
            up: "DROP INDEX CONCURRENTLY city_country_index;",
            down: "CREATE INDEX CONCURRENTLY city_country_index ON city (country);",
            isBare: true
        ),
        Step(
            name: "session_settings",
            up: "SET search_path = '';\nCREATE TABLE public.last (id int);\nSET ROLE NONE;",
            down: "DROP TABLE public.last;"
        ),
        Step(name: "the_end", up: "CREATE TABLE the_end (id int)", down: "DROP TABLE the_end"),
    ]
}
