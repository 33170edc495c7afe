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
    func run(
        _ program: String,
        _ arguments: [String],
        whenCancelled end: CancelledProgram = .isKilled
    ) async throws(LocalServerError) -> Outcome {
        try await Self.run("\(directory)/\(program)", arguments, as: user, whenCancelled: end)
    }

    static func run(
        _ path: String,
        _ arguments: [String],
        as user: ServerUser?,
        whenCancelled end: CancelledProgram = .isKilled
    ) async throws(LocalServerError) -> Outcome {
        var options = PlatformOptions()
        options.teardownSequence = end.steps
        do {
            let result = try await Subprocess.run(
                .running(path, arguments, as: user, options: options),
                output: .string(limit: 1 << 20),
                error: .combinedWithOutput
            )
            return Outcome(succeeded: result.terminationStatus.isSuccess, output: result.standardOutput)
        } catch {
            throw .programFailed(program: path, reason: String(describing: error))
        }
    }
}

/// How a program ends whose caller no longer wants it.
enum CancelledProgram {
    case isKilled
    /// It is asked to, and has time to end its own children and to remove what it wrote: `initdb` answers once the server
    /// that it has at work is through with its step, a second on a quiet machine. Killed, it would leave a server behind
    /// that goes on writing into a folder that is being deleted.
    case isAsked

    fileprivate var steps: [TeardownStep] {
        switch self {
        case .isKilled: []
        case .isAsked: [.gracefulShutDown(allowedDurationToNextStep: .seconds(30))]
        }
    }
}
