import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Runs the built `caisson` program, as a user would.
///
/// The program's environment is the test's own without `PG*`, `DATABASE_URL` and `NO_COLOR`, so that nothing depends
/// on who runs the tests, plus what is given here.
public struct ToolRunner: Sendable {
    /// The program's path.
    public let program: String
    /// Added to the environment.
    public var environment: [String: String]
    /// Where it runs; by default where the tests run.
    public var workingDirectory: String?

    /// Finds the program beside the test bundle.
    ///
    /// - Throws: `ToolNotBuilt` when it is not there.
    public init(
        _ name: String = "caisson",
        environment: [String: String] = [:],
        workingDirectory: String? = nil
    ) throws {
        program = try BuiltProducts.program(named: name)
        self.environment = environment
        self.workingDirectory = workingDirectory
    }

    /// Runs some other program, given by its path.
    public init(path: String, environment: [String: String] = [:]) {
        program = path
        self.environment = environment
    }

    /// Runs it to its end.
    ///
    /// - Parameter limit: after this time the program is killed, and the result says so.
    public func run(
        _ arguments: String...,
        input: String = "",
        within limit: Duration = .patience
    ) async throws -> ToolResult {
        let tool = try await start(arguments, input: input)
        return try await tool.result(within: limit)
    }

    /// Starts it, for a test that watches its output and sends it signals.
    public func start(_ arguments: [String], input: String = "") async throws -> RunningTool {
        let tool = RunningTool()
        try await tool.launch(configuration(arguments), input: input)
        return tool
    }

    private func configuration(_ arguments: [String]) -> Configuration {
        var changes: [Environment.Key: String?] = [:]
        for name in ProcessInfo.processInfo.environment.keys
        where name.hasPrefix("PG") || name == "DATABASE_URL" || name == "NO_COLOR" {
            if let key = Environment.Key(rawValue: name) { changes.updateValue(nil, forKey: key) }
        }
        for (name, value) in environment {
            if let key = Environment.Key(rawValue: name) { changes.updateValue(value, forKey: key) }
        }
        return Configuration(
            executable: .path(FilePath(program)),
            arguments: Arguments(arguments),
            environment: .inherit.updating(changes),
            workingDirectory: workingDirectory.map { FilePath($0) }
        )
    }
}

/// How a run of the program ended, and what it wrote.
public struct ToolResult: Sendable, Equatable {
    /// The exit status, or the signal that ended it.
    public let ending: Ending
    /// Its standard output.
    public let output: String
    /// Its standard error.
    public let errorOutput: String

    /// A result to compare with.
    public init(ending: Ending, output: String = "", errorOutput: String = "") {
        self.ending = ending
        self.output = output
        self.errorOutput = errorOutput
    }

    /// How a program ends.
    public enum Ending: Sendable, Equatable {
        /// By itself, with this status.
        case exited(Int32)
        /// By a signal, for instance `SIGKILL`.
        case killed(Int32)
    }

    /// The exit status; nil when a signal ended it.
    public var status: Int32? {
        if case .exited(let status) = ending { status } else { nil }
    }
}
