import SQLSyntax
import Testing

@Suite struct ScriptNamesTests {
    private func names(_ text: String) throws -> ScriptNames {
        let bytes = Array(text.utf8)
        return ScriptNames(try StatementSplitter.split(bytes), in: bytes)
    }

    private func created(_ text: String) throws -> [String] {
        try names(text).created.map { "\($0.family) \($0.schema.map { $0 + "." } ?? "")\($0.name)" }.sorted()
    }

    @Test(arguments: [
        ("CREATE VIEW a AS SELECT 1", ["relation a"]),
        ("create or replace temp recursive view S.A (n) as select 1", ["relation s.a"]),
        ("CREATE MATERIALIZED VIEW IF NOT EXISTS \"S\".\"a b\" AS SELECT 1", ["relation S.a b"]),
        ("CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql RETURN 1", ["routine f"]),
        ("CREATE PROCEDURE p() LANGUAGE sql AS ''", ["routine p"]),
        ("CREATE CONSTRAINT TRIGGER t AFTER INSERT ON v EXECUTE FUNCTION f()", ["trigger t"]),
        ("CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN d AS int", ["relation d", "relation mood"]),
        ("CREATE SCHEMA s CREATE VIEW v AS SELECT 1", ["relation s", "relation v"]),
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a); CREATE INDEX ON t (b)", ["relation i"]),
        (
            "DO $$ BEGIN CREATE TYPE mood AS ENUM (); EXCEPTION WHEN OTHERS THEN NULL; END $$",
            ["relation mood"]
        ),
        ("ALTER VIEW a RENAME TO b; ALTER TABLE t RENAME COLUMN x TO y", ["relation b"]),
        ("ALTER FUNCTION f() RENAME TO g", ["routine g"]),
        (
            "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE x (); END $$",
            ["routine f"]
        ),
        ("GRANT CREATE ON SCHEMA s TO r; SELECT 'CREATE VIEW v'; -- CREATE VIEW w", []),
    ])
    func `what a script creates is found`(text: String, expected: [String]) throws {
        #expect(try created(text) == expected)
    }

    @Test(arguments: [
        ("DROP VIEW IF EXISTS a, s.b CASCADE", ["relation a cascades", "relation s.b cascades"]),
        ("DROP FUNCTION f(int, text), g RESTRICT", ["routine f", "routine g"]),
        ("DROP TRIGGER IF EXISTS t ON v", ["trigger t"]),
        ("DROP MATERIALIZED VIEW m; CREATE VIEW m AS SELECT 1", ["relation m"]),
        ("DO $$ BEGIN IF true THEN DROP VIEW v CASCADE; END IF; END $$", ["relation v cascades"]),
        ("ALTER TABLE t DROP COLUMN a; ALTER EXTENSION e DROP FUNCTION f()", []),
        ("DROP POLICY p ON t", []),
        ("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DROP VIEW v'", []),
    ])
    func `what a script drops is found`(text: String, expected: [String]) throws {
        let found = try names(text).dropped.map { drop in
            let schema = drop.object.schema.map { $0 + "." } ?? ""
            return "\(drop.object.family) \(schema)\(drop.object.name)\(drop.cascades ? " cascades" : "")"
        }
        #expect(found.sorted() == expected)
    }

    @Test(
        arguments: [
            ("SELECT * FROM a", .certain), ("SELECT * FROM b, a", .possible),
            ("SELECT x.a FROM b AS x", .possible),
            ("SELECT * FROM s.b JOIN public.a USING (id)", .certain), ("SELECT 1::a", .certain),
            ("INSERT INTO a (x) VALUES (1)", .certain), ("SELECT 'a', \"A\" FROM b -- a", nil),
            ("SELECT * FROM \"a\"", .certain), ("SELECT U&\"\\0061\" FROM b", .possible),
            ("CREATE TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f()", .certain), ("DROP VIEW a", nil),
            ("GRANT SELECT ON a TO r", .certain),
            ("CREATE FUNCTION f() RETURNS SETOF a LANGUAGE plpgsql AS $$ $$", .certain),
            (
                "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $x$ BEGIN PERFORM 1 FROM a; END $x$",
                .deferred
            ),
            ("CREATE FUNCTION f() RETURNS int AS $x$ SELECT 1 FROM a $x$ LANGUAGE sql", .certain),
            ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT ''x'' FROM a'", .certain),
            ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 FROM a; END", .certain),
            ("CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'a', 'b'", .deferred),
            ("DO $$ BEGIN PERFORM 1 FROM a; END $$", .certain),
            ("DO LANGUAGE plpgsql 'BEGIN DELETE FROM a; END'", .certain),
            ("CREATE FUNCTION f() RETURNS int LANGUAGE plperl AS $x$ from a; it isn't SQL $x$", .deferred),
        ] as [(String, ScriptNames.Use?)]
    )
    func `how sure the need of a view is, is told from the place of its name`(
        text: String,
        expected: ScriptNames.Use?
    ) throws {
        #expect(try names(text).use(of: .init(.relation, "a")) == expected)
    }

    @Test(
        arguments: [
            ("SELECT f(1)", ScriptNames.Object(.routine, "f"), .certain),
            ("SELECT s.f(1)", .init(.routine, "f"), .certain),
            ("SELECT s.f(1)", .init(.routine, schema: "s", "f"), .certain),
            ("SELECT r.f(1)", .init(.routine, schema: "s", "f"), nil),
            ("SELECT f", .init(.routine, "f"), .possible),
            ("SELECT 1 FROM v", .init(.relation, schema: "s", "v"), .certain),
            ("SELECT 1 FROM r.v", .init(.relation, schema: "s", "v"), nil),
            ("SELECT 1 FROM r.v", .init(.relation, "v"), .possible),
            ("SELECT 1 FROM s.v", .init(.relation, "s"), .certain),
            ("SELECT t FROM t", .init(.trigger, "t"), nil),
            ("COMMENT ON TRIGGER t ON v IS ''", .init(.trigger, "t"), .certain),
        ] as [(String, ScriptNames.Object, ScriptNames.Use?)]
    )
    func `families and schemas are told apart`(
        text: String,
        object: ScriptNames.Object,
        expected: ScriptNames.Use?
    ) throws {
        #expect(try names(text).use(of: object) == expected)
    }
}
