import Foundation
import Postgres
import TestSupport
import Testing

/// `kill -9` at random moments of an import, again and again; then the same command to its end. The table has no key
/// that would keep a row from being stored twice.
@Suite struct ImportKillTests {
    private static let rows = 200_000
    private static let kills = 16

    enum Kind: String, CaseIterable {
        case plain, gzip, ndjson
        /// Sent by several workers.
        case shared
    }

    @Test(arguments: Kind.allCases)
    func `an import that was killed many times stores every row once`(_ kind: Kind) async throws {
        let path = try Self.file(kind)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await withFreshDatabase(named: "import killed \(kind)") { database in
            let connection = try database.connection()
            // Every chunk takes its time, so that the kills come before the end also where they come late.
            try connection.runScript(
                """
                CREATE TABLE kept (n int, t text);
                CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
                CREATE TRIGGER slow AFTER INSERT ON kept FOR EACH STATEMENT EXECUTE FUNCTION slow();
                """
            )
            let struck = try await Self.killRepeatedly(path, kind, database)
            #expect(struck >= 12, "the import was over after \(struck) kills")
            try connection.runScript("DROP TRIGGER slow ON kept")
            // Twenty bad rows, each looked for in a dozen and more transactions: six seconds alone, a minute beside a dozen other
            // tests on two cores.
            let result = try await ToolRunner().start(Self.arguments(path, kind, database))
                .result(within: .seconds(300))
            #expect(result.status == 21, "\(result.output)\n\(result.errorOutput)")
            #expect(result.output.contains("\"rows_read\":\(Self.rows)"))
            let found = try connection.queryOne(
                """
                SELECT concat_ws(' ', count(*), count(DISTINCT n), sum(n), (SELECT count(*) FROM caisson.backfill_skipped),
                                 (SELECT rows_inserted FROM caisson.import_run))
                FROM kept
                """,
                as: String.self
            )
            let skipped = Self.rows / 10_000
            let sum = (1...Self.rows).filter { $0 % 10_000 != 0 }.reduce(0, +)
            let stored = Self.rows - skipped
            #expect(found == "\(stored) \(stored) \(sum) \(skipped) \(stored)")
        }
    }

    /// Starts the tool, waits until it has committed a chunk, and kills it within the next milliseconds.
    private static func killRepeatedly(
        _ path: String,
        _ kind: Kind,
        _ database: TestDatabase
    ) async throws -> Int {
        var random = SystemRandomNumberGenerator()
        for kill in 1...kills {
            let process = try await ToolRunner().start(arguments(path, kind, database))
            do {
                try await process.line(containing: "\"import.stored\"")
            } catch is ToolEndedEarly {
                return kill - 1
            }
            try await Task.sleep(for: .microseconds(Int.random(in: 0...30_000, using: &random)))
            process.send(.kill)
            guard try await process.result().status == nil else { return kill - 1 }
        }
        return kills
    }

    private static func arguments(_ path: String, _ kind: Kind, _ database: TestDatabase) -> [String] {
        [
            "--database", database.connectionString, "--json", "import", path, "--into", "kept",
            "--chunk-size", "1", "--max-skipped", "1000", "--workers", kind == .shared ? "3" : "1",
        ]
    }

    /// A file with a bad row in every ten thousand.
    private static func file(_ kind: Kind) throws -> String {
        let ending = kind == .ndjson ? "ndjson" : "csv"
        let path = NSTemporaryDirectory() + "caisson-import-kill-\(getpid())-\(kind).\(ending)"
        let filling = String(repeating: "to make it longer ", count: 6)
        let text =
            (kind == .ndjson ? "" : "n,t\n")
            + (1...rows).map { row in
                let (number, text) =
                    row % 10_000 == 0 ? ("x\(row)", "bad") : ("\(row)", "row \(row) \(filling)")
                return kind == .ndjson ? "{\"n\":\"\(number)\",\"t\":\"\(text)\"}\n" : "\(number),\(text)\n"
            }.joined()
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        guard kind == .gzip else { return path }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-f", path]
        try process.run()
        process.waitUntilExit()
        return path + ".gz"
    }
}
