import Foundation
import Postgres
import TestSupport
import Testing

/// Wrong turns on the way to an import: each is told in words that lead on, and stores nothing.
@Suite(.freshDatabase) struct ImportMistakeTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        let file: String
        let content: String
        let options: String
        let status: Int32
        let words: String
        var testDescription: String { "\(file) \(options)" }

        init(_ file: String, _ content: String, _ words: String) {
            self.init(file, content, "", 1, words)
        }

        init(_ file: String, _ content: String, _ options: String, _ status: Int32, _ words: String) {
            (self.file, self.content, self.options) = (file, content, options)
            (self.status, self.words) = (status, words)
        }
    }

    private static let good = "id,name\n1,a\n"
    static let mistakes = [
        Mistake(
            "a.csv",
            "id;name\n1;a\n",
            "the first line seems to be separated by ';'. Say so: --delimiter ';'"
        ),
        Mistake("a.csv", "1,a\n2,b\n", "If it holds values already: --no-header"),
        Mistake("a.csv", good, "--no-header", 1, "the file has 2 columns and 4 are expected"),
        Mistake(
            "a.csv",
            "name\na\n",
            "the column id (integer) is NOT NULL, has no default and gets no value"
        ),
        Mistake(
            "a.csv",
            "id,name\n1,\"a\n2,b\n",
            "line 2, byte 3: a quoted field begins here and never ends"
        ),
        Mistake("a.csv", "id,name\n1\n", "line 2: 1 field, where the first record has 2"),
        Mistake("a.csv", "id,name\n1,a,b\n", "line 2: 3 fields, where the first record has 2"),
        Mistake("a.csv", "", "it has not even a header line"),
        Mistake("a.csv", good, "--map id=name", 1, "the column name gets two values in each row"),
        Mistake("a.csv", good, "--map nmae=name", 1, "the file has no column nmae. Did you mean name?"),
        Mistake("a.csv", good, "--set pop=x", 1, "the table has no column pop, which --set gives a value."),
        Mistake("a.csv", good, "--set rank=x", 1, "the column rank (integer) cannot take the value \"x\""),
        Mistake("a.csv", good, "--set twice=1", 1, "the column twice is computed by the server"),
        Mistake(
            "a.csv",
            good,
            "--on-conflict update --key name",
            1,
            "unique index is over (name); there are: "
        ),
        Mistake("a.csv", good, "--workers 0", 2, "--workers is 1 to 64."),
        Mistake("a.csv", good, "--workers 2 --single-transaction", 2, "leave out --restart, --continue"),
        Mistake("a.csv", good, "--workers 2 --check", 2, "--check stores nothing"),
        Mistake("a.txt", good, "--format text --trim", 2, "--trim is about CSV; in COPY's text format"),
        Mistake("a.txt", good, "--format text --decimal-comma", 2, "--decimal-comma is about CSV"),
        Mistake("a.txt", good, "--format text --quote '", 2, "--quote is about CSV"),
        Mistake("a.txt", good, "--format text --escape !", 2, "--escape is about CSV"),
        Mistake("a.txt", good, "--format text --delimiter n", 2, "means something else behind a backslash"),
        Mistake("a.txt", good, "--format text --delimiter , --null a,b", 2, "cannot stand for NULL"),
        Mistake("a.txt", good, "--format text --header --columns id,name", 2, "add --no-header"),
        Mistake("a.ndjson", good, "--header", 2, "--header is about CSV; the file is NDJSON"),
        Mistake("a.csv", good, "--key id", 2, "add --on-conflict nothing or --on-conflict update"),
        Mistake("a.csv", good, "--columns id,name", 2, "add --no-header, or rename with --map"),
        Mistake("a.csv", good, "--delimiter \"", 2, "cannot be both the delimiter and the quote"),
        Mistake("a.csv", good, "--escape ,", 2, "cannot be both the delimiter and the escape"),
        Mistake("a.csv", good, "--quote none --escape \\", 2, "would escape quotes inside of quotes"),
        Mistake("a.csv", good, "--escape xx", 2, "--escape xx: \"xx\" cannot separate, quote or escape"),
        Mistake("a.csv", good, "--skip-lines -1", 2, "--skip-lines"),
        Mistake("a.csv", good, "--max-record-size 2000", 2, "--max-record-size is between 1 and 1023"),
        Mistake("a.csv", good, "--encoding klingon", 1, "a.csv cannot be read as KLINGON"),
        Mistake("a.csv", good, "--set =1", 2, "--set names a column of the table"),
        Mistake("a.ndjson", "{\"id\":1}\n", "--trim", 2, "--trim is about CSV; the file is NDJSON"),
        Mistake("a.ndjson", "{\"id\":1}\n", "--skip-lines 1", 2, "--skip-lines is about CSV"),
        Mistake("a.ndjson", "{\"id\":1}\n", "--decimal-comma", 2, "--decimal-comma is about CSV"),
        Mistake("a.ndjson", "{\"id\":1}\n", "--escape \\", 2, "--escape is about CSV"),
        Mistake("a.csv", "ID,Name\n1,a\n", "--no-ignore-case", 1, "leave --no-ignore-case out"),
        Mistake("a.csv", "id,name,\n1,a,\n", "Leave what has no name out: --ignore ''"),
        Mistake("a.csv", good, "--skipped --dry-run", 2, "give one of them"),
        Mistake("a.csv", good, "--skipped --restart", 2, "--skipped imports nothing"),
        Mistake("a.json", "[{\"id\":1}]\n", "looks like JSON, and is read as CSV"),
        Mistake("a.ndjson", "[{\"id\":1}]\n", "line 1, byte 1: the line is not a JSON object"),
        Mistake("a.ndjson", "{\n\"id\": 1\n}\n", "line 1, byte 2: the line ends before the object does"),
        Mistake("a.ndjson", "{\"id\":1,\"size\":2}\n", "leave it out (--ignore 'size')"),
        Mistake(
            "a.ndjson",
            "{\"id\":1,\"name\":\"\\u0000\"}\n",
            "line 1, byte 17: \\u0000, which a text in PostgreSQL"
        ),
        Mistake("a.ndjson", "{\"id\":1,\"facts\":{\"a\":\"\\u0000\"}}\n", "line 1, column facts: "),
    ]

    @Test(arguments: mistakes)
    func `a wrong turn is told in words that lead on`(_ mistake: Mistake) async throws {
        try await Samples.execute(
            """
            CREATE TABLE place (
                id integer PRIMARY KEY, name text, rank integer, facts jsonb,
                twice integer GENERATED ALWAYS AS (id * 2) STORED
            )
            """
        )
        let project = try Project.onDatabase([mistake.file: mistake.content])
        let result = try await project.caisson("import \(mistake.file) --into place \(mistake.options)")
        expectStatus(mistake.status, result)
        #expect(result.errorOutput.contains(mistake.words), "\(result.errorOutput)")
        #expect(try await Samples.count("SELECT count(*) FROM place") == 0)
    }

    @Test(arguments: [
        ("\u{FEFF}select,From\r\n1,a\r\n", "geo.\"Order\"", 1), ("select,From\n", "geo.\"Order\"", 0),
        ("select,From\r1,a\r2,b", "geo.\"Order\"", 2), ("t\na\n\nb\n", "geo.one", 3),
    ])
    func `what looks strange and is right is imported`(
        _ text: String,
        _ table: String,
        _ rows: Int
    ) async throws {
        try await Samples.execute("CREATE SCHEMA geo")
        try await Samples.execute("CREATE TABLE geo.\"Order\" (\"select\" integer, \"From\" text)")
        try await Samples.execute("CREATE TABLE geo.one (t text)")
        let project = try Project.onDatabase(["a.csv": text])
        expectStatus(0, try await project.caisson("import a.csv --into \(table)"))
        let stored = "SELECT (SELECT count(*) FROM geo.\"Order\") + (SELECT count(*) FROM geo.one)" as SQL
        #expect(try await Samples.count(stored) == rows)
    }

    @Test func `a packed file that was cut off is told as that`() async throws {
        try await Samples.execute("CREATE TABLE place (id integer, name text)")
        let project = try Project.onDatabase()
        // The first bytes of a file that gzip wrote.
        let bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB, 0x4C, 0xD1, 0xC9]
        try project.write(Data(bytes), to: "a.csv.gz")
        let result = try await project.caisson("import a.csv.gz --into place")
        expectStatus(1, result)
        #expect(result.errorOutput.contains("a.csv.gz cannot be unpacked (gzip: "), "\(result.errorOutput)")
        #expect(result.errorOutput.contains("Fetch the file again"))
    }

    @Test func `the control tables are those of --schema`() async throws {
        try await Samples.execute("CREATE TABLE place (id integer, name text)")
        let project = try Project.onDatabase(["a.csv": "id,name\nx,a\n1,b\n"])
        let arguments = "import a.csv --into place --schema keeper"
        let result = try await project.caisson("\(arguments) --max-skipped 1")
        expectStatus(21, result)
        #expect(result.output.contains("keeper.backfill_skipped"))
        #expect(try await Samples.count("SELECT count(*) FROM keeper.import_run") == 1)
        #expect(try await project.caisson("\(arguments) --skipped").output.contains("line 2 left out: "))
        #expect(try await Samples.count("SELECT count(*) FROM pg_namespace WHERE nspname = 'caisson'") == 0)
    }
}
