import Testing

@testable import Migrations

/// As `pg_dump` writes them; no server.
@Suite struct CredentialOptionsTests {
    @Test(arguments: [
        (
            "CREATE USER MAPPING FOR app SERVER far OPTIONS (\n    password 'hunter2',\n    \"user\" 'u'\n);",
            "-- caisson:left-out password: CREATE USER MAPPING FOR app SERVER far\nCREATE USER MAPPING FOR app SERVER far OPTIONS (\n    \"user\" 'u'\n);"
        ),
        (
            "CREATE USER MAPPING FOR app SERVER far OPTIONS (\n    anything 'x', \"API key\" 'a''b'\n);",
            "-- caisson:left-out anything, api key: CREATE USER MAPPING FOR app SERVER far\nCREATE USER MAPPING FOR app SERVER far;"
        ),
        (
            "CREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (\n    host 'h',\n    api_key 'k'\n);",
            "-- caisson:left-out api_key: CREATE SERVER far FOREIGN DATA WRAPPER w\nCREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (\n    host 'h'\n);"
        ),
        (
            "CREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (\n    dsn 'PG:host=h password=hunter2'\n);",
            "-- caisson:left-out dsn: CREATE SERVER far FOREIGN DATA WRAPPER w\nCREATE SERVER far FOREIGN DATA WRAPPER w;"
        ),
        (
            "CREATE FOREIGN TABLE public.t (\n    a text OPTIONS (column_name 'b')\n)\nSERVER far\nOPTIONS (\n    url 'https://u:hunter2@h',\n    t 'x'\n);",
            "-- caisson:left-out url: CREATE FOREIGN TABLE public.t\nCREATE FOREIGN TABLE public.t (\n    a text OPTIONS (column_name 'b')\n)\nSERVER far\nOPTIONS (\n    t 'x'\n);"
        ),
    ])
    func `secret options are left out, with a comment that names them`(
        _ statement: String,
        _ expected: String
    ) {
        #expect(CredentialOptions(statement).text == expected)
    }

    @Test(arguments: [
        "CREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (\n    host 'h',\n    dbname 'd'\n);",
        "CREATE USER MAPPING FOR app SERVER far;",
        "CREATE USER MAPPING FOR app SERVER far OPTIONS (\n    \"user\" 'u',\n    password_required 'false'\n);",
        "CREATE TABLE public.t (password text DEFAULT 'options (password ''x'')');",
        "CREATE FUNCTION public.options() RETURNS text LANGUAGE sql AS $$ SELECT 'OPTIONS (password ''x'')' $$;",
        "CREATE FOREIGN TABLE public.t (\n    password text DEFAULT public.options('a')\n)\nSERVER far;",
    ])
    func `everything else stays as it is`(_ statement: String) {
        #expect(CredentialOptions(statement).text == statement)
    }

    @Test func `a dump says what it does not hold, also when it is read again`() throws {
        let output = "CREATE USER MAPPING FOR app SERVER far OPTIONS (\n    password 'hunter2'\n);\n"
        let contents = LedgerContents(rows: [], filledViews: [], serverVersion: 150_018)
        let dump = try SchemaDump(path: "schema.sql", pgDump: output, contents)
        #expect(!String(decoding: dump.source.bytes, as: UTF8.self).contains("hunter2"))
        #expect(dump.leftOut == ["password: CREATE USER MAPPING FOR app SERVER far"])
        #expect(try SchemaDump(path: "schema.sql", bytes: dump.source.bytes) == dump)
    }
}
