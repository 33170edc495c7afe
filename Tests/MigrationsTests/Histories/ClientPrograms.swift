import Control
import Foundation
import Postgres
import TestSupport

@testable import Migrations

/// PostgreSQL's own client programs, to compare with.
enum ClientPrograms {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a script through psql, as somebody would by hand.
    static func psql(_ script: String, on database: TestDatabase) async throws {
        let arguments = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.connectionString]
        _ = try await run("psql", arguments, input: script)
    }

    /// The schema without what tools keep for themselves.
    static func dump(_ database: TestDatabase) async throws -> String {
        let arguments = [
            "--schema-only", "--exclude-schema=caisson", "--exclude-table=*migrations",
            "--exclude-table=*schema_history", "--exclude-table=schema_version",
            "--exclude-table=goose_db_version", "-d", database.connectionString,
        ]
        let text = try await run("pg_dump", arguments)
        // Newer versions write a key of their own making into every dump.
        return text.split(separator: "\n").filter { !$0.contains("restrict ") }.joined(separator: "\n")
    }

    /// What `pg_dump` writes for a dump or a squash of a database.
    static func output(_ contents: DumpContents, of options: ConnectionOptions) async throws -> String {
        let arguments = contents.arguments(without: try Self.leftOut(options))
        let words = options.settingsForPrograms.map { "\($0.key)='\($0.value)'" }
        return try await run("pg_dump", arguments + ["--dbname=\(words.joined(separator: " "))"])
    }

    private static func leftOut(_ options: ConnectionOptions) throws -> DumpContents.LeftOut {
        try DumpContents.LeftOut(on: Connection(options))
    }

    private static func run(_ name: String, _ arguments: [String], input: String = "") async throws -> String
    {
        let tool = try await ToolRunner(path: try path(of: name)).start(arguments, input: input)
        let result = try await tool.result()
        guard result.ending == .exited(0) else { throw Failed(description: "\(name): \(result.errorOutput)") }
        return result.output
    }

    private static func path(of name: String) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let folders =
            [environment["CAISSON_PG_BIN"] ?? ""]
            + (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let found = folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else { throw Failed(description: "\(name) is not on the PATH") }
        return found
    }
}
