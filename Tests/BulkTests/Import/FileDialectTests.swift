import Foundation
import Postgres
import TestSupport
import Testing

@testable import Bulk

/// What files of other programs look like, up to the table.
@Suite(.freshDatabase)
struct FileDialectTests {
    @Test(arguments: [
        (["NA", ""], "∅|∅|∅|NA|n/a"), (["NA", "n/a"], "∅|||NA|∅"), (["n/a"], "NA|||NA|∅"),
    ])
    func `several tokens stand for NULL`(_ tokens: [String], _ stored: String) throws {
        let connection = try connection(running: "CREATE TABLE kept (a text, b text, c text, d text, e text)")
        try connection.load("a,b,c,d,e\nNA,,\"\",\"NA\",n/a\n", into: "kept") { $0.null = .anyOf(tokens) }
        #expect(try connection.lines("SELECT * FROM kept") == [stored])
        try connection.load("{\"a\":\"NA\",\"b\":\"\",\"c\":null}", into: "kept") { load in
            (load.format, load.null) = (.ndjson, .anyOf(tokens))
        }
        let isNull = "SELECT a IS NULL, b IS NULL, c IS NULL FROM kept WHERE d IS NULL" as SQL
        let flags = [tokens.contains("NA"), tokens.contains(""), true].map { $0 ? "t" : "f" }
        #expect(try connection.lines(isNull) == [flags.joined(separator: "|")])
    }

    @Test(arguments: [
        ("1,5", "1.5"), ("1.234", "1234"), ("-1.234.567,89", "-1234567.89"), ("+0,5", "0.5"), ("12", "12"),
        ("1,5e3", "1500"),
        (" 1.000,5 ", "1000.5"), ("NaN", "NaN"), (",5", "0.5"), ("", "∅"),
    ])
    func `numbers with a decimal comma go into columns of numbers, texts stay`(
        _ text: String,
        _ stored: String
    ) throws {
        let connection = try connection(
            running:
                "CREATE DOMAIN price AS numeric; CREATE TABLE kept (n numeric, d price, t text, f float8)"
        )
        try connection.load("n;d;t;f\n\(text);\(text);1.234,5;\"\(text)\"\n", into: "kept") { load in
            (load.csv.delimiter, load.csv.decimalMark, load.null) = (UInt8(ascii: ";"), .comma, .emptyField)
        }
        #expect(
            try connection.lines("SELECT n, d, t, f FROM kept") == ["\(stored)|\(stored)|1.234,5|\(stored)"]
        )
    }

    @Test(arguments: ["1.5", "1.2345", "1,234,567", "1,2.345", ".123", "1234.567", "1.x23", "1..234"])
    func `a point that separates no thousands is refused`(_ text: String) throws {
        let connection = try connection(running: "CREATE TABLE kept (n numeric)")
        let error = try #require(throws: ImportError.self) {
            try connection.load("n\n\"\(text)\"\n", into: "kept") { $0.csv.decimalMark = .comma }
        }
        guard case .refused(_, let refusal, let place) = error else { throw error }
        #expect(place?.line == 2 && refusal.message.contains("\"\(text)"), "\(refusal)")
    }

    @Test func `names can be compared without regard to case`() throws {
        let connection = try connection(
            running: "CREATE TABLE kept (id int, \"Id\" int, name text, city text)"
        )
        try connection.load("Id,NAME,City,id\n1,a,b,2\n", into: "kept") { $0.names = .ignoringCase }
        try connection.load("{\"ID\":3,\"Name\":\"c\"}\n{\"NAME\":\"d\",\"iD\":4}\n", into: "kept") { load in
            (load.format, load.names, load.mapping) = (.ndjson, .ignoringCase, ["ID": "id"])
        }
        #expect(
            try connection.lines("SELECT id, \"Id\", name, city FROM kept ORDER BY id") == [
                "2|1|a|b", "3|∅|c|∅", "4|∅|d|∅",
            ]
        )
    }

    @Test func `a key that is called like two columns is none of them`() throws {
        let connection = try connection(running: "CREATE TABLE kept (id int, \"Id\" int)")
        try connection.load("{\"id\":1,\"Id\":2}\n", into: "kept") { $0.format = .ndjson }
        #expect(try connection.lines("SELECT id, \"Id\" FROM kept") == ["1|2"])
        let error = try #require(throws: ImportError.self) {
            try connection.load("{\"id\":1,\"Id\":2}\n{\"ID\":3}\n", into: "kept") { $0.format = .ndjson }
        }
        #expect("\(error)".contains("line 2") && "\(error)".contains("\"ID\""), "\(error)")
        #expect(try connection.lines("SELECT id, \"Id\" FROM kept") == ["1|2"])
    }

    @Test(arguments: [
        (
            "ID,name\n", FileImport.NameMatching.exact,
            "but id. Compare names without regard to capital letters: leave --no-ignore-case out."
        ),
        ("NAME,naMe\n", .ignoringCase, "the column name gets two values"),
        ("TWICE,id\n", .ignoringCase, "but twice and Twice. Say which one it is: --map 'TWICE=COLUMN'"),
        ("id, name\n", .exact, "the name of the column \" name\" has blanks around it."),
        ("id,name,\n", .exact, "the column 3 of the file has no name"),
        ("id,,name,\n", .exact, "the columns 2, 4 of the"),
        ("id,,\n", .exact, "--ignore ''"),
    ])
    func `a header that nearly fits is told what to do`(
        _ text: String,
        _ names: FileImport.NameMatching,
        _ words: String
    ) throws {
        let connection = try connection(
            running: "CREATE TABLE kept (id int, name text, twice int, \"Twice\" int)"
        )
        let error = try #require(throws: ImportError.self) {
            try connection.load(text, into: "kept") { $0.names = names }
        }
        #expect(error.description.contains(words), "\(error)")
    }

    @Test func `columns without a name can be left out, and one be mapped`() throws {
        let connection = try connection(running: "CREATE TABLE kept (id int, name text)")
        try connection.load("id,name,,\n1,a,,x\n", into: "kept") { $0.ignored = [""] }
        try connection.load(",name\n2,b\n", into: "kept") { $0.mapping = ["": "id"] }
        #expect(try connection.lines("SELECT * FROM kept ORDER BY id") == ["1|a", "2|b"])
    }

    @Test(arguments: [FileImport.Format.csv, .ndjson])
    func `a record may be longer than it mostly is, and one that is too long is told so`(
        _ format: FileImport.Format
    ) throws {
        let connection = try connection(running: "CREATE TABLE kept (t text)")
        let long = String(repeating: "y", count: 400_000)
        let text = format == .csv ? "t\n\(long)\n" : "{\"t\":\"\(long)\"}\n"
        let error = try #require(throws: ImportError.self) {
            try connection.load(text, into: "kept") { ($0.format, $0.maximumRecordSize) = (format, 100_000) }
        }
        #expect(error.description.contains("--max-record-size"), "\(error)")
        try connection.load(text, into: "kept") { ($0.format, $0.maximumRecordSize) = (format, 500_000) }
        #expect(try connection.lines("SELECT length(t) FROM kept") == ["400000"])
    }
}
