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
    /// Everybody on the host can see the arguments of a program, and its user all of its environment. So what is secret in the
    /// settings goes by files that only this user can read, and they are gone when the program is.
    ///
    /// - Parameters:
    ///   - arguments: what to dump.
    ///   - settings: from where: libpq's keywords and their values.
    /// - Throws: `DumpProgramError.failed` with what the program said; `CancellationError`.
    public func run(_ arguments: [String], from settings: [String: String] = [:]) async throws -> Output {
        let environment = ProcessInfo.processInfo.environment
        let folder = try ProgramFolder()
        defer { folder.remove() }
        let address = try folder.address(of: settings, environment)
        // By way of a file, which has no limit of size.
        let file = try folder.write("", to: "dump.sql")
        let said = try await Self.run(
            path,
            arguments + ["--dbname=\(address.dbname)", "--file=\(file)"],
            ProgramEnvironment.client(environment).merging(address.environment) { $1 }
        )
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
        let configuration = Configuration(
            executable: .path(FilePath(path)),
            arguments: Arguments(arguments),
            environment: ProgramEnvironment.of(environment)
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
