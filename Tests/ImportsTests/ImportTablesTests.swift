import Backfills
import Bulk
import Control
import Foundation
import Postgres
import TestSupport
import Testing

@testable import Imports

/// The tables of imports, and those that an older tool made.
@Suite(.freshDatabase)
struct ImportTablesTests {
    @Test func `rows that an older tool left out move to those of backfills`() throws {
        let connection = try TestDatabase.current.connection()
        let schema = ControlSchema()
        let older = [Component.backfills, .imports].map {
            Component(name: $0.name, scripts: Array($0.scripts.prefix(1)))
        }
        for component in older { try schema.install(component, on: connection) }
        let file = FileManager.default.temporaryDirectory.path + "/caisson-nowhere-\(UUID().uuidString).csv"
        try connection.runScript(
            """
            CREATE TABLE kept (n int);
            INSERT INTO caisson.import_run (file, target, options, state, created_by, host, tool_version)
            VALUES ('\(file)', 'public.kept', '', 'completed', 'me', 'here', '0');
            INSERT INTO caisson.import_skipped (run_id, line, text, sqlstate, reason, at)
            VALUES (1, 3, 'x', '22P02', 'no number', '2020-01-01'), (1, 2, 'y,z', NULL, '2 fields', '2020-01-01');
            """
        )
        let rows = try ResumableImport(FileImport(.file(file), into: "kept")).skippedRows(on: connection)
        #expect(rows.map(\.line) == [2, 3] && rows.map(\.text) == ["y,z", "x"])
        #expect(rows.map(\.sqlState) == [nil, "22P02"] && rows.map(\.reason) == ["2 fields", "no number"])
        #expect(
            try connection.queryOne("SELECT to_regclass('caisson.import_skipped') IS NULL", as: Bool.self)
        )
        #expect(
            try connection.queryOne(
                "SELECT max(at)::date::text FROM caisson.backfill_skipped",
                as: String.self
            ) == "2020-01-01"
        )
        // They go with their run.
        try connection.execute("DELETE FROM caisson.import_run")
        #expect(try connection.queryOne("SELECT count(*) FROM caisson.backfill_skipped", as: Int.self) == 0)
    }

    @Test func `looking for rows that were left out makes no tables`() throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE kept (n int)")
        #expect(
            try ResumableImport(FileImport(.file("a.csv"), into: "kept")).skippedRows(on: connection).isEmpty
        )
        #expect(try connection.queryOne("SELECT to_regnamespace('caisson') IS NULL", as: Bool.self))
    }

    @Test func `a row that was left out belongs to a backfill or to an import`() throws {
        let connection = try TestDatabase.current.connection()
        for component in [Component.backfills, .imports] {
            try ControlSchema().install(component, on: connection)
        }
        let error = try #require(throws: PostgresError.self) {
            try connection.execute(
                "INSERT INTO caisson.backfill_skipped (message) VALUES ('nobody left it out')"
            )
        }
        #expect(error.sqlState?.rawValue == "23514")
    }
}
