import Testing

@testable import Migrations

struct DumpedStatementsTests {
    private static let output = """
        --
        -- PostgreSQL database dump
        --

        \\restrict hXq0abc

        -- Dumped from database version 15.18 (Debian)
        -- Dumped by pg_dump version 15.18

        SET statement_timeout = 0;
        SET transaction_timeout = 0;
        SELECT pg_catalog.set_config('search_path', '', false);
        SET row_security = off;

        SET default_table_access_method = heap;

        --
        -- Name: a; Type: TABLE
        --

        CREATE TABLE public.a (
            text text DEFAULT '
        \\restrict hXq0abc is no command here; -- nor this a comment'
        );

        ALTER TABLE public.a OWNER TO postgres;

        ALTER TABLE public.b OWNER TO other;

        COPY public.a (text) FROM stdin;
        one; two
        \\N
        \\.

        COPY public.b (id) FROM stdin;
        \\.

        -- Completed

        \\unrestrict hXq0abc

        """

    @Test func `versions, session settings and the key of restrict are gone, all else is there`() throws {
        let dumped = try DumpedStatements(Self.output, owner: "postgres")
        #expect(
            dumped.texts == [
                "SET default_table_access_method = heap;",
                """
                CREATE TABLE public.a (
                    text text DEFAULT '
                \\restrict hXq0abc is no command here; -- nor this a comment'
                );
                """,
                "ALTER TABLE public.b OWNER TO other;",
                "COPY public.a (text) FROM stdin;\none; two\n\\N\n\\.\n",
            ]
        )
        #expect(dumped.tablesWithRows == ["public.a"])
    }

    @Test func `two keys give one text`() throws {
        let other = Self.output.replacing("hXq0abc", with: "other")
        let first = try DumpedStatements(Self.output).text.replacing("hXq0abc", with: "KEY")
        #expect(try DumpedStatements(other).text.replacing("other is", with: "KEY is") == first)
    }

    @Test(arguments: ["1_a", "1_", "20261101_create city", "R__see all", "1.9_x_y"])
    func `a line about a migration is read as it was written`(label: String) throws {
        let sum = String(repeating: "a", count: 64)
        let entry = try #require(MigrationFingerprint(line: "\(sum) \(sum) \(label)"))
        #expect(entry.line == "\(sum) \(sum) " + (label == "1_" ? "1" : label))
        #expect(try #require(MigrationFingerprint(line: entry.line)) == entry)
    }

    @Test(arguments: ["", "abc def 1_a", "<<<<<<< HEAD"])
    func `any other line is none`(line: String) {
        #expect(MigrationFingerprint(line: line) == nil)
    }
}
