import Subprocess

/// PostgreSQL's own programs (`initdb`, `pg_ctl`, `postgres`) of one installation, and who runs them.
struct ServerPrograms: Sendable {
    let directory: String
    let user: ServerUser?

    /// What a program answered: its output and errors in one text, in the order they were written.
    struct Outcome: Sendable {
        let succeeded: Bool
        let output: String
    }

    /// Runs one of the programs as the server's user and waits for its end.
    func run(_ program: String, _ arguments: [String]) async throws(LocalServerError) -> Outcome {
        try await Self.run("\(directory)/\(program)", arguments, as: user)
    }

    static func run(
        _ path: String,
        _ arguments: [String],
        as user: ServerUser?
    ) async throws(LocalServerError) -> Outcome {
        do {
            let result = try await Subprocess.run(
                .running(path, arguments, as: user),
                output: .string(limit: 1 << 20),
                error: .combinedWithOutput
            )
            return Outcome(succeeded: result.terminationStatus.isSuccess, output: result.standardOutput)
        } catch {
            throw .programFailed(program: path, reason: String(describing: error))
        }
    }
}
