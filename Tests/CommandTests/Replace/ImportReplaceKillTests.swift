import Foundation
import Postgres
import TestSupport
import Testing

/// `kill -9` at random moments of a replacement: the table has all its old rows or all new ones, and the next run finds
/// whatever was left beside it.
@Suite(.freshDatabase) struct ImportReplaceKillTests {
    private static let rows = 5_000

    /// When the program is killed.
    enum Moment: String, CaseIterable {
        case loading = "\"import.stored\""
        case swapping = "\"import.replacing\""
    }

    @Test(arguments: Moment.allCases)
    func `a table is as it was or wholly replaced`(_ moment: Moment) async throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript(
            """
            CREATE TABLE kept (n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t text, parent int REFERENCES kept);
            CREATE INDEX kept_t ON kept (t);
            INSERT INTO kept (t) SELECT '0' FROM generate_series(1, \(Self.rows));
            CREATE VIEW seen AS SELECT * FROM kept;
            CREATE TABLE child (n int REFERENCES kept); INSERT INTO child VALUES (1);
            """
        )
        let before = try await SchemaOfDatabase.dump()
        let project = try Project.onDatabase()
        var (standing, struck) = ("0", 0)
        for round in 1...12 {
            try project.write(Self.file("\(round)"), to: "f.csv")
            let killed = try await Self.kill(moment, project)
            struck += killed ? 1 : 0
            let found = try Self.found(connection)
            #expect(found == standing || found == "\(round)", "round \(round): \(found) behind \(standing)")
            standing = found
            #expect(try await SchemaOfDatabase.dump(without: "\"kept (new)\"") == before)
        }
        #expect(struck >= 4, "\(struck) kills struck")
        expectStatus(0, try await project.caisson("import f.csv --into kept --replace"))
        #expect(try Self.found(connection) == "12")
        let left: SQL = "SELECT count(*) FROM pg_class WHERE relname ~ '^caisson_(new|old)|[(]new[)]'"
        #expect(try connection.queryOne(left, as: Int.self) == 0)
        #expect(try await SchemaOfDatabase.dump() == before)
    }

    private static func kill(_ moment: Moment, _ project: Project) async throws -> Bool {
        let tool = try await project.start("import f.csv --into kept --replace --chunk-size 1 --json")
        _ = try await tool.line(containing: moment.rawValue)
        try await Task.sleep(for: .microseconds(Int.random(in: 0...(moment == .loading ? 20_000 : 60_000))))
        tool.send(.kill)
        return try await tool.result().status == nil
    }

    /// The one text of all rows.
    private static func found(_ connection: Connection) throws -> String {
        // Behind whatever the session of the program that was killed still does.
        try connection.queryOne(
            """
            SELECT CASE WHEN count(*) = \(rows) AND count(DISTINCT t) = 1 AND count(DISTINCT n) = \(rows) THEN min(t)
                        ELSE concat_ws(' ', count(*), min(t), max(t)) END
            FROM seen
            """,
            as: String.self
        )
    }

    private static func file(_ text: String) -> String {
        "n,t\n" + (1...rows).map { "\($0),\(text)\n" }.joined()
    }
}
