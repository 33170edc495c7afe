import Foundation
import Postgres
import TestSupport
import Testing

/// `kill -9` of a replacement at the messages that have the server do something, then the same command again. Every seventh message
/// a run, from a random one on.
@Suite(.freshDatabase) struct ImportReplaceBoundaryTests {
    private static let table = """
        SET client_min_messages = warning;
        DROP SCHEMA IF EXISTS caisson CASCADE;
        DROP TABLE IF EXISTS "kept (new)", kept, child CASCADE;
        CREATE TABLE kept (n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t text, parent int REFERENCES kept);
        CREATE INDEX kept_t ON kept (t);
        INSERT INTO kept (t) SELECT 'old' FROM generate_series(1, 20);
        CREATE VIEW seen AS SELECT * FROM kept;
        CREATE TABLE child (n int REFERENCES kept); INSERT INTO child VALUES (1);
        """

    /// Each message by `REPLACE_STEP=1`.
    private static let step = ProcessInfo.processInfo.environment["REPLACE_STEP"].flatMap(Int.init) ?? 7

    private static let rows: SQL =
        "SELECT string_agg(DISTINCT t, ' ') || ' ' || count(*) || ' ' || count(DISTINCT n) FROM seen"

    @Test(arguments: MigrateKillTests.Moment.allCases)
    func `a table is as it was or wholly replaced, wherever the program ends`(
        moment: MigrateKillTests.Moment
    ) async throws {
        let project = try Project.onDatabase(["f.csv": "n,t\n" + (1...20).map { "\($0),new\n" }.joined()])
        let connection = try TestDatabase.current.connection()
        try connection.runScript(Self.table)
        let schema = try await SchemaOfDatabase.dump()
        var number = Int.random(in: 0..<Self.step)
        var strikes = true
        while strikes {
            try connection.runScript(Self.table)
            strikes = try await Self.killed(project, at: number, moment)
            let found = try connection.queryOne(Self.rows, as: String.self)
            #expect(
                ["old 20 20", "new 20 20"].contains(found),
                "killed \(moment) message \(number): \(found)"
            )
            #expect(try await SchemaOfDatabase.dump(without: "\"kept (new)\"") == schema)
            expectStatus(0, try await project.caisson("import f.csv --into kept --replace"))
            #expect(try connection.queryOne(Self.rows, as: String.self) == "new 20 20")
            #expect(try await SchemaOfDatabase.dump() == schema, "killed \(moment) message \(number)")
            number += Self.step
        }
        #expect(number > 40)
    }

    private static func killed(
        _ project: Project,
        at number: Int,
        _ moment: MigrateKillTests.Moment
    ) async throws -> Bool {
        try await withFaultProxy(for: try TestDatabase.current) { proxy in
            let gate = proxy.arm(.execution(skipping: number), moment.fault)
            let url = proxy.connectionString
            let tool = try await project.start("import f.csv --into kept --replace --database \(url)")
            try await eventually("the message or the end") { gate.isOpen || !tool.isRunning }
            tool.send(.kill)
            let result = try await tool.result()
            #expect(gate.isOpen ? result.status == nil : result.status == 0, "\(result)")
            return gate.isOpen
        }
    }
}
