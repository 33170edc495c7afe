import Bulk
import Foundation
import Imports
import Postgres
import TestSupport
import Testing

/// An import went into a table, and not into a name.
@Suite(.freshDatabase)
struct TargetIdentityTests {
    /// What happened to the table since.
    struct Change: CustomTestStringConvertible {
        let sql: String
        let end: End
        /// The rows that are in the table afterwards.
        let rows: Int
        var testDescription: String { sql }

        init(_ sql: String, _ end: End, rows: Int) {
            (self.sql, self.end, self.rows) = (sql, end, rows)
        }
    }

    enum End {
        case nothing, importedAgain, refused
    }

    private static let table = "CREATE TABLE loose (n int, t text)"
    private static let changes = [
        Change("SELECT 1", .nothing, rows: 3),
        Change("DROP TABLE loose; CREATE TABLE loose (n int, t text)", .importedAgain, rows: 3),
        Change("TRUNCATE loose", .importedAgain, rows: 3),
        Change("TRUNCATE loose; INSERT INTO loose VALUES (9, 'other')", .refused, rows: 1),
        Change("INSERT INTO loose VALUES (9, 'other')", .nothing, rows: 4),
        Change("VACUUM FULL loose", .nothing, rows: 3),
        // Every row is written anew, by another transaction.
        Change("ALTER TABLE loose ALTER COLUMN n TYPE bigint", .refused, rows: 3),
        Change("VACUUM FREEZE loose", .nothing, rows: 3),
        Change(
            "ALTER TABLE loose RENAME TO old; CREATE TABLE loose AS SELECT * FROM old",
            .refused,
            rows: 3
        ),
        Change(
            "ALTER TABLE loose RENAME TO old; CREATE TABLE loose (n int, t text); INSERT INTO loose VALUES (9, 'other')",
            .refused,
            rows: 1
        ),
        // What a queue of rows does with them is nobody else's business.
        Change("DELETE FROM loose", .nothing, rows: 0),
    ]

    private static func end(_ run: () throws -> ResumableImport.End) throws -> End {
        do {
            if case .alreadyImported = try run() { return .nothing }
            return .importedAgain
        } catch ImportRunError.targetChanged {
            return .refused
        }
    }

    private static func resumable(_ path: String) -> ResumableImport {
        var resumable = ResumableImport(FileImport(.file(path), into: "loose"))
        resumable.chunkSize = 1
        return resumable
    }

    private static func count(_ connection: Connection) throws -> Int {
        try connection.queryOne("SELECT count(*) FROM loose", as: Int.self)
    }

    @Test(arguments: changes)
    func `an unchanged file is imported again where the table has lost its rows`(_ change: Change) throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript(Self.table)
        let file = try FileIdentityTests.Folder()
        let path = file.path + "/a.csv"
        try Data("n,t\n1,a\n2,b\n3,c\n".utf8).write(to: URL(fileURLWithPath: path))
        _ = try Self.resumable(path).run(on: connection)
        for statement in change.sql.split(separator: ";") { try connection.runScript(String(statement)) }
        var told = false
        let end = try Self.end {
            try Self.resumable(path).run(on: connection) { if case .beganAgain = $0 { told = true } }
        }
        #expect(end == change.end && told == (end == .importedAgain))
        #expect(try Self.count(connection) == change.rows)
    }

    @Test(arguments: [
        ("TRUNCATE part", End.importedAgain),
        ("CREATE TABLE p2 PARTITION OF loose FOR VALUES IN (2)", .nothing),
    ])
    func `the partitions of a table are looked at`(_ change: String, _ expected: End) throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript(
            "CREATE TABLE loose (n int) PARTITION BY LIST (n); CREATE TABLE part PARTITION OF loose FOR VALUES IN (1)"
        )
        let file = try FileIdentityTests.Folder()
        let path = file.path + "/a.csv"
        try Data("n\n1\n1\n".utf8).write(to: URL(fileURLWithPath: path))
        _ = try Self.resumable(path).run(on: connection)
        try connection.runScript(change)
        #expect(try Self.end { try Self.resumable(path).run(on: connection) } == expected)
        #expect(try Self.count(connection) == 2)
    }

    /// A file of three chunks, the last of which has a bad row.
    private static func stopped(_ connection: Connection, _ path: String) throws -> Int {
        try connection.runScript("CREATE TABLE loose (n int, t text CHECK (t <> 'bad'))")
        let rows = (1...20_000).map { "\($0),\($0 == 19_000 ? "bad" : "some text that makes it long")" }
        try Data(("n,t\n" + rows.joined(separator: "\n")).utf8).write(to: URL(fileURLWithPath: path))
        _ = try #require(throws: ImportRunError.self) { try resumable(path).run(on: connection) }
        let good = rows.joined(separator: "\n").replacing(",bad", with: ",good")
        try Data(("n,t\n" + good).utf8).write(to: URL(fileURLWithPath: path))
        return try count(connection)
    }

    @Test func `an import that stopped begins again where its rows are gone`() throws {
        let connection = try TestDatabase.current.connection()
        let file = try FileIdentityTests.Folder()
        let path = file.path + "/a.csv"
        #expect(try Self.stopped(connection, path) > 0)
        try connection.execute("TRUNCATE loose")
        #expect(try Self.end { try Self.resumable(path).run(on: connection) } == .importedAgain)
        #expect(try connection.queryOne("SELECT count(DISTINCT n) FROM loose", as: Int.self) == 20_000)
        #expect(try Self.count(connection) == 20_000)
    }

    @Test(arguments: [("TRUNCATE loose", true), ("VACUUM FULL loose", false)])
    func `a table that is emptied between two chunks stops the import`(_ change: String, _ stops: Bool) throws
    {
        let connection = try TestDatabase.current.connection()
        let other = try TestDatabase.current.connection()
        let file = try FileIdentityTests.Folder()
        let path = file.path + "/a.csv"
        let before = try Self.stopped(connection, path)
        try connection.execute("TRUNCATE loose")
        _ = before
        var isDone = false
        let end = try Self.end {
            try Self.resumable(path).run(on: connection) { event in
                guard case .stored = event, !isDone else { return }
                isDone = true
                do { try other.runScript(change) } catch { Issue.record(error) }
            }
        }
        #expect(isDone && end == (stops ? .refused : .importedAgain))
        if !stops { #expect(try Self.count(connection) == 20_000) }
        // The next one finds all that there is.
        if stops {
            try connection.execute("TRUNCATE loose")
            #expect(try Self.end { try Self.resumable(path).run(on: connection) } == .importedAgain)
            #expect(try Self.count(connection) == 20_000)
        }
    }

    @Test func `a role that may not look is told, and guesses nothing`() throws {
        let owner = try TestDatabase.current.connection()
        let role = "import_\(UUID().uuidString.prefix(8).lowercased())"
        try owner.runScript("\(Self.table); CREATE ROLE \(role); GRANT INSERT ON loose TO \(role)")
        let database = try TestDatabase.current.name
        try owner.runScript("GRANT CREATE ON DATABASE \"\(database)\" TO \(role)")
        defer { try? owner.runScript("DROP OWNED BY \(role); DROP ROLE \(role)") }
        let connection = try TestDatabase.current.connection()
        try connection.runScript("SET ROLE \(role)")
        let file = try FileIdentityTests.Folder()
        let path = file.path + "/a.csv"
        try Data("n,t\n1,a\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try Self.end { try Self.resumable(path).run(on: connection) } == .importedAgain)
        #expect(try Self.end { try Self.resumable(path).run(on: connection) } == .nothing)
        try owner.runScript("VACUUM FULL loose")
        #expect(try Self.end { try Self.resumable(path).run(on: connection) } == .refused)
    }
}
