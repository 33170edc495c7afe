import Postgres
import TestSupport
import Testing

@testable import Bulk

@Suite(.freshDatabase)
struct NDJSONImportTests {
    static let script = """
        CREATE TABLE item (
            id bigint PRIMARY KEY, name text DEFAULT 'none', price numeric, tags jsonb, raw json, at timestamptz,
            flag boolean
        )
        """

    @discardableResult
    func load(
        _ text: String,
        on connection: Connection,
        _ change: (inout FileImport) -> Void = { _ in }
    ) throws -> ImportResult {
        try connection.load(text, into: "item") { load in
            load.format = .ndjson
            change(&load)
        }
    }

    func failure(
        _ text: String,
        _ change: (inout FileImport) -> Void = { _ in }
    ) throws -> JSONLinesError {
        let connection = try connection(running: "DROP TABLE IF EXISTS item;" + Self.script)
        let error = try #require(throws: ImportError.self) { try load(text, on: connection, change) }
        #expect(try connection.lines("SELECT count(*) FROM item") == ["0"])
        guard case .malformedJSON(_, let cause) = error else { throw error }
        return cause
    }

    @Test func `keys are columns, numbers keep their digits, nested values stay as they stand`() throws {
        let connection = try connection(running: Self.script)
        let result = try load(
            """
            {"id": 9007199254740993, "price": 0.1000000000000000055511151231257827, "tags": ["a", {"b" : 1e2}]}

            {"name": "Zo\\u00eb \\ud83d\\ude00\\t\\"x\\"\\\\", "id": 2, "raw": {"z": 1,  "a": 2}, "flag": true}\r
            {"id":3,"tags":"just a string","name":null,"at":"2024-01-01T00:00:00Z","raw":null}
            """,
            on: connection
        )
        #expect(result.rowsRead == 3 && result.blankLines == 1)
        #expect(
            try connection.lines("SELECT id, name, price, tags, raw, flag FROM item ORDER BY id DESC") == [
                "9007199254740993|∅|0.1000000000000000055511151231257827|[\"a\", {\"b\": 100}]|∅|∅",
                "3|∅|∅|\"just a string\"|∅|∅", "2|Zoë 😀\t\"x\"\\|∅|∅|{\"z\": 1,  \"a\": 2}|t",
            ]
        )
    }

    @Test func `keys can be mapped, ignored and set, and empty strings made NULL`() throws {
        let connection = try connection(running: Self.script)
        try load(
            "{\"Id\":1,\"junk\":[],\"name\":\"\"}\n{\"junk\":{},\"Id\":2,\"name\":\"x\"}",
            on: connection
        ) {
            $0.mapping = ["Id": "id"]
            $0.ignored = ["junk"]
            $0.constants = ["price": "7"]
            $0.null = .emptyField
        }
        #expect(try connection.lines("SELECT id, name, price FROM item ORDER BY id") == ["1|∅|7", "2|x|7"])
    }

    @Test func `the name of a file tells what it holds`() {
        for name in ["a.ndjson", "a.jsonl", "b.csv/a.jsonl.gz", "a.ndjson.gz"] {
            #expect(FileImport(.file(name), into: "t").format == .ndjson)
        }
        for name in ["a.csv", "a.csv.gz", "ndjson", "a.json"] {
            #expect(FileImport(.file(name), into: "t").format == .csv)
        }
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let text: String
        let problem: JSONLinesError.Problem
        let line: Int
        let column: Int
        var testDescription: String { text }

        init(_ text: String, _ problem: JSONLinesError.Problem, _ line: Int, _ column: Int) {
            (self.text, self.problem, self.line, self.column) = (text, problem, line, column)
        }
    }

    static let good = "{\"id\":1}\n"
    static let mistakes = [
        Mistake(good + "[1]\n", .notAnObject, 2, 1),
        Mistake(good + "\n{\"id\":2}{", .expected("the end of the line"), 3, 9),
        Mistake(good + "{\"id\":2,}\n", .expected("a string in double quotes"), 2, 9),
        Mistake(good + "{\"id\":02}\n", .expected("a number without leading zeros"), 2, 9),
        Mistake(good + "{\"id\":1.}\n", .expected("a value"), 2, 9),
        Mistake(good + "{\"id\":nul}\n", .expected("a value"), 2, 7),
        Mistake(good + "{\"id\" 1}\n", .expected("a colon"), 2, 7),
        Mistake(good + "{\"id\":[1,{\"a\":1]}\n", .expected("a comma or }"), 2, 16),
        Mistake(good + "{\"id\":\"\n", .unfinished, 2, 7),
        Mistake(good + "{\"id\":1\n", .unfinished, 2, 8),
        Mistake(good + "{\"id\":2,\"id\":3}\n", .keyTwice("id"), 2, 10),
        Mistake("{\"name\":\"\\u0000\",\"id\":1}\n", .nulCharacter, 1, 10),
        Mistake("{\"name\":\"\\ud800x\",\"id\":1}\n", .badEscape, 1, 10),
        Mistake("{\"name\":\"\\x\",\"id\":1}\n", .badEscape, 1, 10),
        Mistake("{\"id\":1,\"name\":[\"a\\x\"]}\n", .badEscape, 1, 19),
        Mistake("{\"id\":1,\"name\":{\"\\ud800\":0}}\n", .badEscape, 1, 18),
        Mistake(
            good + "{\"id\":" + String(repeating: "[", count: 600) + "\n",
            .tooDeep,
            2,
            7 + JSONScanner.maximumDepth - 1
        ),
    ]

    @Test(arguments: mistakes)
    func `what is no object has its line and byte`(_ mistake: Mistake) throws {
        let error = try failure(mistake.text)
        #expect(error.problem == mistake.problem)
        #expect([error.line, error.column] == [mistake.line, mistake.column])
    }

    @Test func `a key that nobody named has its line, and can be named`() throws {
        let rows = (1...20_000).map { "{\"id\":\($0)}\n" }.joined()
        let late = rows + "{\"id\":20001,\"nmae\":1}\n"
        let error = try failure(late) { $0.columns = ["id", "name"] }
        #expect(error.problem == .unknownKey("nmae", nearest: ["name"]) && error.line == 20_001)
        let connection = try connection(running: "DROP TABLE IF EXISTS item;" + Self.script)
        let result = try load(rows + "{\"id\":20001,\"name\":\"late\"}\n", on: connection) {
            $0.columns = ["id", "name"]
        }
        #expect(result.rowsStored == 20_001)
    }
}
