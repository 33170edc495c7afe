import Backfills
import Foundation
import Postgres
import TestSupport
import Testing

/// What is recorded of a row that was skipped: all of it that the role may read.
@Suite(.freshDatabase) struct SkippedRecordTests {
    private static func options() -> RunOptions {
        var options = RunOptions.chunks(of: 20)
        options.maxSkipped = 1
        return options
    }

    @Test func `columns called like the table, and like names of our own, are in the record`() async throws {
        let database = try TestDatabase.current
        let columns = ["email", "refused", "readable", "known", "range", "row", "key", "place"]
        try database.connection().runScript(
            """
            CREATE TABLE email (
                id int PRIMARY KEY, \(columns.map { "\"\($0)\" text DEFAULT 'x'" }.joined(separator: ", ")),
                folded text CHECK (folded <> 'bad')
            );
            INSERT INTO email (id, email) SELECT g, CASE g WHEN 7 THEN 'BAD' ELSE 'User' || g END FROM generate_series(1, 50) g
            """
        )
        let fold = Cities.sql(
            "fold",
            table: "email",
            where: "folded IS NULL",
            "UPDATE email SET folded = lower(email.email) FROM chunk WHERE email.id = chunk.id"
        )
        let coordinator = Coordinator(try database.options)
        let result = try await coordinator.run(fold, options: Self.options())
        #expect(result.progress.changed == 49 && result.progress.skipped == 1)
        let row = try #require(try await coordinator.skippedRows(of: "fold").first?.row)
        for column in columns + ["id", "folded"] { #expect(row.contains("\"\(column)\": ")) }
        #expect(row.contains("\"email\": \"BAD\""))
    }

    @Test func `a column that the role may not read is left out`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        let role = "limited_\(UUID().uuidString.prefix(8).lowercased())"
        try connection.runScript(
            """
            CREATE TABLE item (id int PRIMARY KEY, secret text NOT NULL, name text NOT NULL, n int);
            INSERT INTO item SELECT g, 's' || g, CASE g WHEN 60 THEN 'x' ELSE g::text END FROM generate_series(1, 100) g;
            CREATE ROLE \(role) LOGIN;
            GRANT CREATE ON DATABASE "\(database.name)" TO \(role);
            GRANT SELECT (id, name, n), UPDATE (n) ON item TO \(role)
            """
        )
        defer { try? connection.runScript("DROP OWNED BY \(role); DROP ROLE \(role)") }
        var limited = try database.options
        limited.set("user", role)
        let read = Cities.sql(
            "read",
            table: "item",
            where: "n IS NULL",
            "UPDATE item SET n = name::int FROM chunk WHERE item.id = chunk.id"
        )
        let coordinator = Coordinator(limited)
        let result = try await coordinator.run(read, options: Self.options())
        #expect(result.run.state == .completed && result.progress.skipped == 1)
        #expect(try connection.queryOne("SELECT count(n) FROM item", as: Int.self) == 99)
        let row = try #require(try await coordinator.skippedRows(of: "read").first?.row)
        #expect(row == #"{"n": null, "id": 60, "name": "x"}"#)
        // No session of the role may be left when it is dropped.
        try connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = \(role)"
        )
    }
}
