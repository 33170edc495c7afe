import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// PostgreSQL's `pg_dump`, of a version that can read a certain server.
public struct DumpProgram: Hashable, Sendable {
    /// The program.
    public let path: String

    /// Its major version.
    public let majorVersion: Int

    /// What it wrote.
    public struct Output: Hashable, Sendable {
        /// The dump.
        public let text: String
        /// What it had to say besides, if anything.
        public let warnings: String
    }

    /// Runs it and reads what it wrote.
    ///
    /// - Parameters:
    ///   - arguments: what to dump, and from where. They can be seen by everybody on the host: no passwords.
    ///   - environment: added to this process's own, for passwords.
    /// - Throws: `DumpProgramError.failed` with what the program said; `CancellationError`.
    public func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Output {
        // By way of a file, which has no limit of size.
        let file = FileManager.default.temporaryDirectory.path + "/caisson-dump-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard FileManager.default.createFile(atPath: file, contents: nil, attributes: attributes) else {
            throw DumpProgramError.failed(path: path, reason: "\(file) could not be written")
        }
        let said = try await Self.run(path, arguments + ["--file=\(file)"], environment)
        do {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            return Output(text: text, warnings: said.trimmingCharacters(in: .whitespacesAndNewlines))
        } catch {
            throw DumpProgramError.failed(path: path, reason: error.localizedDescription)
        }
    }

    /// What a program wrote to both of its streams; an error when it ended with one.
    static func run(
        _ path: String,
        _ arguments: [String],
        _ environment: [String: String]
    ) async throws -> String {
        // Its messages are shown, in the language of the rest.
        var changes: [Environment.Key: String?] = ["LC_ALL": "C"]
        for (name, value) in environment {
            if let key = Environment.Key(rawValue: name) { changes.updateValue(value, forKey: key) }
        }
        let configuration = Configuration(
            executable: .path(FilePath(path)),
            arguments: Arguments(arguments),
            environment: .inherit.updating(changes)
        )
        let result: (succeeded: Bool, output: String)
        do {
            let outcome = try await Subprocess.run(
                configuration,
                output: .string(limit: 1 << 20),
                error: .combinedWithOutput
            )
            result = (outcome.terminationStatus.isSuccess, outcome.standardOutput)
        } catch {
            try Task.checkCancellation()
            throw DumpProgramError.failed(path: path, reason: String(describing: error))
        }
        try Task.checkCancellation()
        guard result.succeeded else {
            throw DumpProgramError.failed(
                path: path,
                reason: result.output.trimmingCharacters(in: .whitespacesAndNewlines)
            )
        }
        return result.output
    }
}
