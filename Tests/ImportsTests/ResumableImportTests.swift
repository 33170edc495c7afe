import Bulk
import Foundation
import Imports
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase)
struct ResumableImportTests {
    /// A file that is removed with this object.
    final class TemporaryFile {
        let path: String

        init(_ text: String, suffix: String = ".csv") throws {
            path = FileManager.default.temporaryDirectory.path + "/caisson-\(UUID().uuidString)\(suffix)"
            try write(Array(text.utf8))
        }

        func write(_ bytes: [UInt8]) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    static func connection() throws -> Connection {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE kept (n int PRIMARY KEY, t text CHECK (t <> 'bad'))")
        return connection
    }

    static func row(_ number: Int, _ text: String = "some text to make this row longer, \"quoted") -> String {
        "\(number),\"\(text.replacing("\"", with: "\"\""))\"\n"
    }

    /// An import in the smallest chunks.
    static func resumable(_ file: TemporaryFile, into table: String = "kept") -> ResumableImport {
        var resumable = ResumableImport(FileImport(.file(file.path), into: table))
        resumable.chunkSize = 1
        return resumable
    }

    static func numbers(_ connection: Connection) throws -> [Int] {
        try connection.queryOne(
            "SELECT ARRAY[count(*), coalesce(sum(n), 0)]::text FROM kept",
            as: String.self
        )
        .dropFirst().dropLast().split(separator: ",").compactMap { Int($0) }
    }

    static func imported(_ end: ResumableImport.End) throws -> ImportResult {
        guard case .imported(let result) = end else { throw NotImported() }
        return result
    }

    struct NotImported: Error {}
    struct Stop: Error {}

    static let count = 40_000
    static let whole = "n,t\n" + (1...count).map { row($0) }.joined()

    @Test func `a second run of the same file has nothing to do, and a restart begins again`() throws {
        let connection = try Self.connection()
        let file = try TemporaryFile(Self.whole)
        let first = try Self.imported(Self.resumable(file).run(on: connection))
        #expect(
            first.rowsRead == Self.count && first.outcome.inserted == Self.count && first.rowsSkipped == 0
        )
        guard case .alreadyImported(let run) = try Self.resumable(file).run(on: connection) else {
            throw NotImported()
        }
        #expect(run.rowsRead == Self.count && run.state == .completed)
        try connection.execute("TRUNCATE kept")
        var again = Self.resumable(file)
        again.start = .restart
        #expect(try Self.imported(again.run(on: connection)).rowsRead == Self.count)
    }

    @Test func `a bad line stops the import behind the chunks before it, and is corrected in its place`()
        throws
    {
        let connection = try Self.connection()
        let rows = (1...Self.count).map { Self.row($0, $0 == 39_000 ? "bad" : "some text to make it longer") }
        let file = try TemporaryFile("n,t\n" + rows.joined())
        let error = try #require(throws: ImportRunError.self) { try Self.resumable(file).run(on: connection) }
        guard case .stopped(_, let stored, let line) = error else { throw error }
        #expect(error.description.contains(", line 39001: "))
        #expect(stored > 0 && line == stored + 2 && stored < 39_000)
        #expect(try Self.numbers(connection)[0] == stored)
        try file.write(Array(("n,t\n" + rows.joined().replacing("bad", with: "much better now")).utf8))
        var resumedAt: Int?
        let end = try Self.resumable(file).run(on: connection) { event in
            if case .resumed(_, let line) = event { resumedAt = line }
        }
        #expect(try Self.imported(end).rowsRead == Self.count && resumedAt == line)
        #expect(try Self.numbers(connection) == [Self.count, Self.count * (Self.count + 1) / 2])
    }

    @Test func `the earlier of two errors is the one that is told`() throws {
        let connection = try Self.connection()
        let file = try TemporaryFile(
            "n,t\n1,bad\n" + (2...20_000).map { "\($0),abcdefgh\n" }.joined() + "7\n"
        )
        var resumable = Self.resumable(file)
        resumable.chunkSize = 4 << 20
        let error = try #require(throws: ImportError.self) { try resumable.run(on: connection) }
        #expect(error.description.contains("line 2: "), "\(error)")
    }

    @Test func `a role that may not make control tables is told what it can do`() throws {
        let connection = try Self.connection()
        let role = "import_\(UUID().uuidString.prefix(8).lowercased())"
        try connection.runScript(
            "CREATE ROLE \(role); GRANT INSERT, SELECT ON kept TO \(role); SET ROLE \(role)"
        )
        let file = try TemporaryFile("n,t\n1,a\n")
        let error = try #require(throws: ImportRunError.self) { try Self.resumable(file).run(on: connection) }
        #expect(error.description.hasSuffix("add --single-transaction."), "\(error)")
        try connection.runScript("RESET ROLE; DROP OWNED BY \(role); DROP ROLE \(role)")
    }

    @Test(arguments: [3, 20_000])
    func `a file that changed before the place is refused`(changedRow: Int) throws {
        let connection = try Self.connection()
        let rows = (1...Self.count).map { Self.row($0, $0 == 39_000 ? "bad" : "some text to make it longer") }
        let file = try TemporaryFile("n,t\n" + rows.joined())
        _ = try #require(throws: ImportRunError.self) { try Self.resumable(file).run(on: connection) }
        let before = try Self.numbers(connection)
        var changed = rows
        changed.remove(at: changedRow)
        try file.write(Array(("n,t\n" + changed.joined()).utf8))
        let error = try #require(throws: ImportRunError.self) { try Self.resumable(file).run(on: connection) }
        guard case .fileChanged = error else { throw error }
        #expect(error.description.hasSuffix("add --restart."))
        #expect(try Self.numbers(connection) == before)
    }

    @Test func `other options are refused`() throws {
        let connection = try Self.connection()
        let rows = (1...Self.count).map { Self.row($0, $0 == 39_000 ? "bad" : "some text to make it longer") }
        let file = try TemporaryFile("n,t\n" + rows.joined())
        _ = try #require(throws: ImportRunError.self) { try Self.resumable(file).run(on: connection) }
        var other = Self.resumable(file)
        other.load.null = .token("x")
        let error = try #require(throws: ImportRunError.self) { try other.run(on: connection) }
        guard case .optionsChanged = error else { throw error }
    }

    @Test func `a small file that fails leaves nothing behind`() throws {
        let connection = try Self.connection()
        let file = try TemporaryFile("n,t\n1,good\n2,bad\n")
        let error = try #require(throws: ImportError.self) { try Self.resumable(file).run(on: connection) }
        #expect(error.description.contains("line 3: ") && error.description.contains("Nothing was stored"))
        #expect(try Self.numbers(connection) == [0, 0])
        #expect(try connection.queryOne("SELECT count(*) FROM caisson.import_run", as: Int.self) == 0)
    }

    static let conflicts: [ImportConflict] = [.error, .update(key: nil)]

    @Test(arguments: conflicts)
    func `rows that are refused or unreadable are left out, all others are stored`(
        _ conflict: ImportConflict
    ) throws {
        let connection = try Self.connection()
        let bad = [
            17: "17,bad\n", 500: "500\n", 501: "501,a,b\n", 20_000: "x,y\n", 20_001: "20001,bad\n",
            30_000: "30000,a\"b\n", Self.count: "oops,\"x\"\n",
        ]
        let file = try TemporaryFile("n,t\n" + (1...Self.count).map { bad[$0] ?? Self.row($0) }.joined())
        var resumable = Self.resumable(file)
        resumable.maxSkipped = bad.count
        resumable.load.onConflict = conflict
        var told: [Int] = []
        let result = try Self.imported(
            resumable.run(on: connection) { if case .skipped(let row) = $0 { told.append(row.line) } }
        )
        #expect(result.rowsRead == Self.count && result.rowsSkipped == bad.count)
        #expect(result.outcome.inserted == Self.count - bad.count)
        let sum = Self.count * (Self.count + 1) / 2 - bad.keys.reduce(0, +)
        #expect(try Self.numbers(connection) == [Self.count - bad.count, sum])
        let skipped = try connection.query(
            "SELECT line, text FROM caisson.backfill_skipped ORDER BY line",
            as: Int.self,
            String.self
        )
        let lines: [Int] = bad.keys.sorted().map { $0 + 1 }
        #expect(skipped.map(\.0) == lines)
        #expect(told.sorted() == lines)
        let texts: [String] = bad.sorted { $0.key < $1.key }.map(\.value)
        #expect(skipped.map { $0.1 + "\n" } == texts)
        let listed = try resumable.skippedRows(on: connection)
        #expect(listed.map(\.line) == lines && listed.map { $0.text + "\n" } == texts)
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `a record that cannot be read takes no other along, whatever lines end with`(_ end: String) throws {
        let connection = try Self.connection()
        let lines = ["n,t", "1,a", "2,b\"c", "3,\"d\0", "4,e", "5,f\"", "6,g"]
        let file = try TemporaryFile(lines.joined(separator: end))
        var resumable = Self.resumable(file)
        resumable.maxSkipped = 3
        let result = try Self.imported(resumable.run(on: connection))
        #expect(result.rowsRead == 6 && result.rowsSkipped == 3)
        #expect(try Self.numbers(connection) == [3, 11])
        #expect(try resumable.skippedRows(on: connection).map(\.line) == [3, 4, 6])
    }

    @Test func `where an empty line is a row, what follows it is not the first`() throws {
        let connection = try Self.connection()
        try connection.execute("CREATE TABLE one (t text)")
        let file = try TemporaryFile("\na\0\nb\n")
        var resumable = Self.resumable(file, into: "one")
        (resumable.load.csv.header, resumable.maxSkipped) = (.absent, 1)
        let result = try Self.imported(resumable.run(on: connection))
        #expect(result.rowsRead == 3 && result.rowsSkipped == 1)
        #expect(try connection.query("SELECT t FROM one", as: String?.self) == [nil, "b"])
    }

    @Test func `one bad row more than allowed stops the import`() throws {
        let connection = try Self.connection()
        let file = try TemporaryFile("n,t\n1,a\n2,bad\n3,bad\n4,d\n")
        var resumable = Self.resumable(file)
        resumable.maxSkipped = 1
        let error = try #require(throws: ImportRunError.self) { try resumable.run(on: connection) }
        guard case .stopped(_, let rows, _) = error else { throw error }
        #expect(rows == 2 && error.description.contains("line 4: "), "\(error)")
        resumable.maxSkipped = 2
        #expect(try Self.imported(resumable.run(on: connection)).rowsSkipped == 2)
        #expect(try Self.numbers(connection) == [2, 5])
    }

    @Test func `all rows may be bad`() throws {
        let connection = try Self.connection()
        let file = try TemporaryFile("n,t\n" + (1...300).map { "\($0),bad\n" }.joined())
        var resumable = Self.resumable(file)
        resumable.maxSkipped = 1000
        #expect(try Self.imported(resumable.run(on: connection)).rowsSkipped == 300)
    }

    @Test func `bad lines of NDJSON are left out`() throws {
        let connection = try Self.connection()
        let file = try TemporaryFile("{\"n\":1}\n{\"n\":}\n{\"x\":1}\n[]\n{\"n\":5}", suffix: ".ndjson")
        var resumable = Self.resumable(file)
        resumable.load.columns = ["n", "t"]
        resumable.maxSkipped = 3
        #expect(try Self.imported(resumable.run(on: connection)).rowsSkipped == 3)
        #expect(try Self.numbers(connection) == [2, 6])
    }

    @Test func `another process that got further is noticed`() throws {
        let connection = try Self.connection()
        let file = try TemporaryFile(Self.whole)
        var chunks = 0
        let error = try #require(throws: ImportRunError.self) {
            let other = try TestDatabase.current.connection()
            _ = try Self.resumable(file).run(on: connection) { event in
                guard case .stored = event else { return }
                chunks += 1
                if chunks == 1 { _ = try? Self.resumable(file).run(on: other) }
            }
        }
        guard case .ownedByAnother = error else { throw error }
        #expect(try Self.numbers(connection) == [Self.count, Self.count * (Self.count + 1) / 2])
    }

    @Test func `a table that points to itself is one transaction`() throws {
        let connection = try Self.connection()
        try connection.runScript("CREATE TABLE node (id int PRIMARY KEY, parent int REFERENCES node)")
        let file = try TemporaryFile("id,parent\n1,2\n2,\n")
        var resumable = Self.resumable(file, into: "node")
        #expect(try Self.imported(resumable.run(on: connection)).rowsStored == 2)
        resumable.maxSkipped = 1
        let error = try #require(throws: ImportRunError.self) { try resumable.run(on: connection) }
        #expect(error.description.contains("foreign key to itself"))
    }
}
