import Foundation
import TestSupport

/// The definitions of a database as PostgreSQL's own program writes them, our tables left out.
enum SchemaOfDatabase {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter tables: a pattern of those that are left out.
    static func dump(without tables: String = "") async throws -> String {
        let arguments = [
            "--schema-only", "--exclude-table=\(tables)", "--exclude-schema=caisson", "-d",
            try TestDatabase.current.connectionString,
        ]
        let result = try await ToolRunner(path: path()).start(arguments).result()
        guard result.ending == .exited(0) else { throw Failed(description: result.errorOutput) }
        // Newer versions write a key of their own making into every dump.
        return result.output.split(separator: "\n").filter { !$0.contains("restrict ") }.joined(
            separator: "\n"
        )
    }

    private static func path() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let folders =
            [environment["CAISSON_PG_BIN"] ?? ""]
            + (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let found = folders.map { "\($0)/pg_dump" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else { throw Failed(description: "pg_dump is not on the PATH") }
        return found
    }
}
