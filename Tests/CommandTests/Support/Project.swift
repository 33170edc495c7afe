import Foundation
import Postgres
import TestSupport
import Testing

/// A folder with migrations and backfills, and the tool that runs in it.
final class Project: Sendable {
    /// The folder, gone with this object.
    let folder: String
    private let environment: [String: String]

    /// Makes an empty folder.
    ///
    /// - Parameter environment: what the tool finds in its environment beside the tests' own.
    init(_ files: [String: String] = [:], environment: [String: String] = [:]) throws {
        folder = NSTemporaryDirectory() + "caisson-project-" + UUID().uuidString.prefix(8)
        self.environment = environment
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (path, text) in files { try write(text, to: path) }
    }

    /// A folder whose `DATABASE_URL` is the test's own database.
    static func onDatabase(_ files: [String: String] = [:]) throws -> Project {
        try Project(files, environment: ["DATABASE_URL": TestDatabase.current.connectionString])
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Writes a file, and the folders above it.
    func write(_ text: String, to path: String) throws {
        try write(Data(text.utf8), to: path)
    }

    func write(_ data: Data, to path: String) throws {
        let url = URL(fileURLWithPath: "\(folder)/\(path)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try data.write(to: url)
    }

    func remove(_ path: String) throws {
        try FileManager.default.removeItem(atPath: "\(folder)/\(path)")
    }

    func read(_ path: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
    }

    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(path)")
    }

    /// Runs `caisson` in the folder; the arguments are separated by spaces.
    func caisson(_ arguments: String, input: String = "") async throws -> ToolResult {
        try await start(arguments, input: input).result()
    }

    /// Runs the program that has a backfill compiled in.
    func example(_ arguments: String) async throws -> ToolResult {
        try await start(arguments, program: "caisson-example").result()
    }

    /// Starts `caisson` in the folder.
    func start(
        _ arguments: String,
        input: String = "",
        program: String = "caisson"
    ) async throws -> RunningTool {
        let runner = try ToolRunner(program, environment: environment, workingDirectory: folder)
        return try await runner.start(arguments.split(separator: " ").map(String.init), input: input)
    }
}

/// Expects an end with a code, and shows what was written when it is another.
func expectStatus(_ status: Int32, _ result: ToolResult, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(
        result.ending == .exited(status),
        "output: \(result.output)\nerrors: \(result.errorOutput)",
        sourceLocation: sourceLocation
    )
}
