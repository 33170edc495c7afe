import Bulk
import Foundation
import Imports
import Postgres
import TestSupport
import Testing

/// What the planner knows when an import is over.
@Suite(.freshDatabase)
struct ImportStatisticsTests {
    private static func rows(_ range: ClosedRange<Int>) -> String {
        "n\n" + range.map { "\($0)\n" }.joined()
    }

    private static func known(_ connection: Connection) throws -> Int {
        try connection.queryOne(
            "SELECT reltuples::int FROM pg_class WHERE oid = 'loose'::regclass",
            as: Int.self
        )
    }

    @Test func `it is told of many new rows, and not of a few`() throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE loose (n int) WITH (autovacuum_enabled = off)")
        let folder = try FileIdentityTests.Folder()
        for (name, range) in [("a", 1...1000), ("b", 1001...1020), ("c", 1021...2000)] {
            try Data(Self.rows(range).utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(name).csv"))
        }
        var known: [Int] = []
        for name in ["a", "b", "c"] {
            _ = try ResumableImport(FileImport(.file("\(folder.path)/\(name).csv"), into: "loose")).run(
                on: connection
            )
            known.append(try Self.known(connection))
        }
        #expect(known == [1000, 1000, 2000])
    }

    @Test(arguments: [true, false])
    func `whoever does not want it, or may not do it, gets the rows all the same`(_ mayNot: Bool) throws {
        let owner = try TestDatabase.current.connection()
        let role = "import_\(UUID().uuidString.prefix(8).lowercased())"
        try owner.runScript("CREATE TABLE loose (n int) WITH (autovacuum_enabled = off); CREATE ROLE \(role)")
        try owner.runScript("GRANT INSERT ON loose TO \(role)")
        defer { try? owner.runScript("DROP OWNED BY \(role); DROP ROLE \(role)") }
        let connection = try TestDatabase.current.connection()
        if mayNot { try connection.runScript("SET ROLE \(role)") }
        var notices = 0
        connection.onNotice = { _ in notices += 1 }
        let folder = try FileIdentityTests.Folder()
        let path = folder.path + "/a.csv"
        try Data(Self.rows(1...1000).utf8).write(to: URL(fileURLWithPath: path))
        var load = FileImport(.file(path), into: "loose")
        if !mayNot { load.statistics = .never }
        #expect(try load.run(on: connection).rowsStored == 1000)
        #expect(try Self.known(owner) <= 0 && notices == 0)
    }
}
