import Postgres
import TestSupport
import Testing

@testable import Bulk

@Suite(.freshDatabase)
struct ImportErrorTests {
    static let script = """
        CREATE TABLE IF NOT EXISTS city2 (
            id bigint PRIMARY KEY, name text NOT NULL, population int CHECK (population >= 0), note varchar(3),
            twice bigint GENERATED ALWAYS AS (id * 2) STORED
        );
        INSERT INTO city2 VALUES (1, 'there') ON CONFLICT DO NOTHING
        """

    /// Runs an import that must fail and store nothing.
    func failure(
        _ text: String,
        on existing: Connection? = nil,
        _ change: (inout FileImport) -> Void = { _ in }
    ) throws -> ImportError {
        try failure(Array(text.utf8), on: existing, change)
    }

    func failure(
        _ bytes: [UInt8],
        on existing: Connection? = nil,
        _ change: (inout FileImport) -> Void = { _ in }
    ) throws -> ImportError {
        let connection = try existing ?? connection(running: Self.script)
        let error = try #require(throws: ImportError.self) {
            try connection.load(bytes, into: "city2", change)
        }
        #expect(try connection.lines("SELECT id, name FROM city2") == ["1|there"])
        #expect(connection.transactionStatus == .idle)
        return error
    }

    func problems(_ error: ImportError) throws -> [ImportError.Problem] {
        guard case .unsuitable(_, _, 1, let problems) = error else { throw error }
        return problems
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        let line: Int
        let column: String?
        let sqlState: String
        var testDescription: String { name }
    }

    static let refusals = [
        Refusal(
            name: "a wrong number",
            text: "id,name,population\n2,a,1\n3,b,x\n",
            line: 3,
            column: "population",
            sqlState: "22P02"
        ),
        Refusal(
            name: "behind records of several lines and empty lines",
            text: "id,name,population\n2,\"a\n\n\",1\n\n\n3,b,1\n4,\"c\n\",12345678901\n",
            line: 8,
            column: "population",
            sqlState: "22003"
        ),
        Refusal(
            name: "too long",
            text: "id,name,note\n2,a,abcd\n",
            line: 2,
            column: "note",
            sqlState: "22001"
        ),
        Refusal(
            name: "a check",
            text: "id,name,population\n2,a,0\n3,a,-1\n",
            line: 3,
            column: nil,
            sqlState: "23514"
        ),
        Refusal(name: "NULL", text: "id,name\n2,a\n3,\n", line: 3, column: "name", sqlState: "23502"),
        Refusal(
            name: "not a number because empty",
            text: "id,name\n\"\",a\n",
            line: 2,
            column: "id",
            sqlState: "22P02"
        ),
    ]

    @Test(arguments: refusals, [ImportConflict.error, .update(key: nil)])
    func `what the server refuses has the line of the file`(
        _ example: Refusal,
        _ conflict: ImportConflict
    ) throws {
        let error = try failure(example.text) { $0.onConflict = conflict }
        guard case .refused(_, let server, let place) = error else { throw error }
        #expect(server.sqlState.rawValue == example.sqlState)
        #expect(place?.line == example.line && place?.column == example.column)
    }

    @Test func `a key that is there already has its line`() throws {
        let error = try failure("id,name\n2,a\n1,b\n")
        guard case .refused(_, let server, let place) = error else { throw error }
        #expect(server.sqlState == .uniqueViolation && place?.line == 3)
        #expect(error.description.hasSuffix("Nothing was stored. Correct the file and import it again."))
    }

    @Test(arguments: [1, .max])
    func `the line of an error far into a large file`(_ pieceSize: Int) throws {
        let rows = (2...200_000).map {
            $0 == 150_000 ? "x,\"a\nb\"" : $0 % 10 == 0 ? "\($0),\"a\nb\"" : "\($0),a"
        }
        let error = try failure("id,name\n" + rows.joined(separator: "\n")) { $0.pieceSize = pieceSize }
        guard case .refused(_, _, let place) = error else { throw error }
        #expect(place == ImportError.Place(row: 149_999, line: 150_000 + 14_999, column: "id"))
    }

    @Test func `the earlier of two errors is the one that is told`() throws {
        let text = "id,name\nx,a\n" + (2...200_000).map { "\($0),abcdefgh\n" }.joined() + "7\n"
        let error = try failure(text)
        guard case .refused(_, _, let place) = error else { throw error }
        #expect(place?.line == 2)
    }

    @Test func `what breaks the rules of CSV has its line`() throws {
        let error = try failure("id,name\n2,\"a\n\"\n3\n")
        guard case .malformed(_, let csv) = error else { throw error }
        #expect(csv.line == 4 && csv.problem == .tooFewFields(expected: 2, found: 1))
        #expect(error.description.contains(".csv, line 4: 1 field, where the first record has 2"))
    }

    @Test func `bad UTF-8 has its line and byte`() throws {
        let error = try failure(Array("id,name\n2,a\n3,".utf8) + [0xE9, 0x0A])
        guard case .malformed(_, let csv) = error else { throw error }
        #expect([csv.line, csv.column] == [3, 3])
    }

    @Test func `bad UTF-8 in the header is found before the table is touched`() throws {
        let error = try failure([0xE9, 0x0A])
        guard case .malformed(_, let csv) = error else { throw error }
        #expect(csv.line == 1)
    }

    @Test func `all that is wrong with the header is said at once, with the nearest names`() throws {
        let error = try failure("id,nmae,Population\n") {
            ($0.mapping, $0.names) = (["pop": "population"], .exact)
        }
        #expect(
            try problems(error) == [
                .notInFile("pop", nearest: []), .noSuchColumn("nmae", file: "nmae", nearest: ["name"]),
                .otherCase("Population", column: "population"),
            ]
        )
        #expect(
            error.description.contains(
                "line 1: the columns do not fit the table public.city2:\n  - the file has no column pop."
            )
        )
    }

    @Test(arguments: [
        ("id;name\n1;a\n", ",", ImportError.Problem.otherDelimiter(UInt8(ascii: ";"))),
        ("id\tname\n1\ta\n", ",", .otherDelimiter(UInt8(ascii: "\t"))),
        ("id,name\n1,a\n", ";", .otherDelimiter(UInt8(ascii: ","))), ("1,Rome\n2,Bonn\n", ",", .noHeader),
    ])
    func `a wrong delimiter and a missing header are recognised`(
        _ text: String,
        _ delimiter: String,
        _ hint: ImportError.Problem
    ) throws {
        let error = try failure(text) { $0.csv.delimiter = delimiter.utf8.first ?? 0 }
        #expect(try problems(error).first == hint)
    }

    @Test func `no hint is given where one of the names is right`() throws {
        let found = try problems(failure("id,b;c\n1,a\n"))
        #expect(found == [.noSuchColumn("b;c", file: "b;c", nearest: [])])
    }

    @Test(arguments: ["[{\"id\":1},\n{\"id\":2}]\n", "{\"id\":1}\n", "[\n {\"id\": 1}\n]\n"])
    func `JSON that is read as CSV is recognised`(_ text: String) throws {
        guard case .looksLikeJSON = try failure(text) else { throw ImportErrorTests.Unexpected() }
    }

    @Test func `a value for all rows is checked before the first row`() throws {
        let refused = try failure("id,name\nx,\n") { $0.constants = ["population": "many"] }
        #expect(
            try problems(refused) == [
                .constantRefused(
                    "many",
                    column: "population",
                    type: "integer",
                    reason: "invalid input syntax for type integer: \"many\""
                )
            ]
        )
        let unknown = try failure("id,name\n1,a\n") { $0.constants = ["popluation": "1"] }
        #expect(try problems(unknown) == [.noSuchConstant("popluation", nearest: ["population"])])
    }

    @Test func `a value that the table needs and nobody gives`() throws {
        #expect(try problems(failure("id\n2\n")) == [.target(.missingValue(column: "name", type: "text"))])
    }

    @Test func `a column that the server computes`() throws {
        #expect(try problems(failure("id,name,twice\n2,a,4\n")) == [.target(.generated("twice"))])
    }

    @Test func `a column cannot be fed twice`() throws {
        #expect(try problems(failure("id,id,name\n")) == [.headerTwice("id")])
        #expect(
            try problems(failure("id,name,x\n") { $0.mapping = ["x": "id"] }) == [.fedTwice(column: "id")]
        )
        #expect(
            try problems(failure("id,name\n") { $0.constants = ["id": "1"] }) == [.fedTwice(column: "id")]
        )
    }

    @Test func `a file without a header of another width`() throws {
        let error = try failure("2,a\n") { $0.csv.header = .absent }
        #expect(try problems(error) == [.columnCount(expected: 4, found: 2)])
    }

    @Test func `an empty file`() throws {
        guard case .empty = try failure("") else { throw ImportErrorTests.Unexpected() }
        guard case .empty = try failure("\u{FEFF}\n\n") else { throw ImportErrorTests.Unexpected() }
    }

    struct Unexpected: Error {}

    @Test func `a file that is packed in another way says how to unpack it`() throws {
        let error = try failure([0x04, 0x22, 0x4D, 0x18])
        #expect(error.description.contains("lz4 -dc FILE | caisson import - --into TABLE"))
    }

    @Test func `a key to be settled by must be unique`() throws {
        let connection = try connection(running: Self.script)
        let error = try #require(throws: TargetError.self) {
            try connection.load("id,name\n", into: "city2") { $0.onConflict = .update(key: ["name"]) }
        }
        #expect(error.description.contains("(name); there are: city2_pkey (id)."))
    }

    @Test func `a table that does not exist`() throws {
        let connection = try connection(running: Self.script)
        let error = try #require(throws: TargetError.self) { try connection.load("id,name\n", into: "cty2") }
        #expect(error.description.hasPrefix("There is no table cty2. Did you mean city2?"))
    }

    @Test func `a file that cannot be read`() throws {
        let connection = try connection(running: Self.script)
        for (path, reason) in [("/nowhere/at/all.csv", "No such file"), ("/tmp", "it is a directory")] {
            let error = try #require(throws: ImportError.self) {
                _ = try FileImport(.file(path), into: "city2").run(on: connection)
            }
            #expect(error.description.hasPrefix("Cannot read \(path): \(reason)"))
        }
    }
}
