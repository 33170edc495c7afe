import Bulk
import Foundation
import Postgres
import TestSupport
import Testing

@testable import Imports

/// What the row of an import tells about the rows of the table.
@Suite(.freshDatabase)
struct StoredRunTests {
    @Test func `rows that a trigger drops are dropped in the run, over several attempts`() throws {
        let connection = try ResumableImportTests.connection()
        try connection.runScript(
            """
            CREATE FUNCTION drop_some() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF new.n % 10 = 0 THEN RETURN NULL; END IF; RETURN new; END $$;
            CREATE TRIGGER dropping BEFORE INSERT ON kept FOR EACH ROW EXECUTE FUNCTION drop_some()
            """
        )
        let rows = (1...40_000).map {
            ResumableImportTests.row($0, $0 == 39_001 ? "bad" : "some longer text")
        }
        let file = try ResumableImportTests.TemporaryFile("n,t\n" + rows.joined())
        _ = try #require(throws: ImportRunError.self) {
            try ResumableImportTests.resumable(file).run(on: connection)
        }
        try file.write(Array(("n,t\n" + rows.joined().replacing("bad", with: "much better now")).utf8))
        let result = try ResumableImportTests.imported(
            ResumableImportTests.resumable(file).run(on: connection)
        )
        #expect(result.outcome.inserted == 36_000 && result.rowsDropped == 4000)
        #expect(try ResumableImportTests.numbers(connection)[0] == 36_000)
        let told = try connection.queryOne(
            "SELECT rows_inserted || ',' || rows_dropped FROM caisson.import_run",
            as: String.self
        )
        #expect(told == "36000,4000")
    }

    @Test(arguments: [
        ("UTF8", "é日😀", "é日😀"), ("SQL_ASCII", "é日", "é日"), ("LATIN1", "é日\n", "é\\u{65E5}\n"),
        ("EUC_JP", "aé", "a\\u{E9}"),
    ])
    func `what a database cannot keep is written in another way`(
        _ encoding: String,
        _ text: String,
        _ kept: String
    ) {
        #expect(StorableText(in: encoding).storable(text) == kept)
    }

    @Test func `a row that the encoding of the database cannot hold is left out, and can be read`() throws {
        let admin = try TestDatabase.current.connection()
        let name = "latin_\(UUID().uuidString.prefix(8).lowercased())"
        try admin.runScript("CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        defer { try? admin.runScript("DROP DATABASE \(name) (FORCE)") }
        let connection = try Connection(admin.options.database(name))
        try connection.runScript("CREATE TABLE kept (t text)")
        let file = try ResumableImportTests.TemporaryFile("t\nok\n日本\nyés\n")
        var resumable = ResumableImportTests.resumable(file)
        let error = try #require(throws: ImportError.self) { try resumable.run(on: connection) }
        #expect(error.description.contains("line 3"))
        resumable.maxSkipped = 1
        #expect(try ResumableImportTests.imported(resumable.run(on: connection)).rowsSkipped == 1)
        let rows = try resumable.skippedRows(on: connection)
        #expect(rows.map(\.line) == [3] && rows.map(\.text) == ["\\u{65E5}\\u{672C}"])
        #expect(rows.first?.sqlState == "22P05")
    }
}
