import Foundation
import Subprocess
import Synchronization

/// A program that a test has started and still watches.
public final class RunningTool: Sendable {
    private struct State {
        var processID: Int32?
        var deliver: (@Sendable (Subprocess.Signal) throws -> Void)?
        var output = Data()
        var errorOutput = Data()
        var result: ToolResult?
        var failure: (any Error)?
    }

    /// What a test can send to the program.
    public enum ProcessSignal: Sendable {
        case interrupt, terminate, kill, stop, resume

        fileprivate var signal: Subprocess.Signal {
            switch self {
            case .interrupt: .interrupt
            case .terminate: .terminate
            case .kill: .kill
            case .stop: .suspend
            case .resume: .resume
            }
        }
    }

    private let state = Mutex(State())
    private let started = Gate("the program's start")
    private let ended = Gate("the program's end")

    init() {}

    /// What it has written to its standard output so far.
    public var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }

    /// What it has written to its standard error so far.
    public var errorOutput: String { state.withLock { String(decoding: $0.errorOutput, as: UTF8.self) } }

    /// Its process id, also after its end.
    public var processID: Int32 { state.withLock { $0.processID ?? 0 } }

    /// Whether it still runs.
    public var isRunning: Bool { !ended.isOpen }

    /// Sends a signal; does nothing when the program has ended.
    public func send(_ signal: ProcessSignal) {
        // Under the lock, because the id may belong to another process once the end is known.
        state.withLock { try? $0.deliver?(signal.signal) }
    }

    /// Waits until a line of its output, also an unfinished one, contains the text, and returns that line.
    @discardableResult
    public func line(containing text: String, within limit: Duration = .patience) async throws -> String {
        try await eventually(
            within: limit,
            value: "a line with '\(text)' in the program's output:\n\(output)"
        ) {
            let hasEnded = ended.isOpen
            let lines = output.split(whereSeparator: \.isNewline).map(String.init)
            if let found = lines.first(where: { $0.contains(text) }) { return found }
            guard hasEnded else { return nil }
            throw ToolEndedEarly(awaited: text, result: try await result())
        }
    }

    /// Waits until what it wrote to its error stream contains a text.
    public func errorText(containing text: String, within limit: Duration = .patience) async throws {
        try await eventually(within: limit, "'\(text)' among the program's errors") {
            errorOutput.contains(text)
        }
    }

    /// Waits for its end; kills it when the time is over.
    @discardableResult
    public func result(within limit: Duration = .patience) async throws -> ToolResult {
        do {
            try await ended.wait(within: limit)
        } catch {
            let error = DeadlineError("the program's end", limit, detail: standing)
            send(.kill)
            try? await ended.wait(within: .seconds(5))
            throw error
        }
        let (result, failure) = state.withLock { ($0.result, $0.failure) }
        if let result { return result }
        throw failure ?? CancellationError()
    }
}

// MARK: - Running it

extension RunningTool {
    /// Starts the program and returns once it has a process id.
    func launch(_ configuration: Configuration, input: String) async throws {
        Task.detached { await self.run(configuration, input: input) }
        try await started.wait()
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    private func run(_ configuration: Configuration, input: String) async {
        do {
            let outcome = try await Subprocess.run(
                configuration,
                input: .fileDescriptor(InputPipe(input).reading, closeAfterSpawningProcess: true),
                output: .sequence,
                error: .sequence
            ) { execution in
                state.withLock { state in
                    state.processID = execution.processIdentifier.value
                    state.deliver = { try execution.send(signal: $0) }
                }
                started.open()
                await self.collect(execution.standardOutput, execution.standardError)
                state.withLock { $0.deliver = nil }
            }
            finish(outcome.terminationStatus)
        } catch {
            state.withLock { $0.failure = error }
        }
        started.open()
        ended.open()
    }

    private func collect(_ output: SubprocessOutputSequence, _ errors: SubprocessOutputSequence) async {
        await withTaskGroup { group in
            group.addTask { await self.read(output) { $0.output.append($1) } }
            group.addTask { await self.read(errors) { $0.errorOutput.append($1) } }
        }
    }

    private func read(
        _ sequence: SubprocessOutputSequence,
        _ store: @Sendable (inout State, Data) -> Void
    ) async {
        do {
            for try await buffer in sequence {
                let data = buffer.withUnsafeBytes { Data($0) }
                state.withLock { store(&$0, data) }
            }
        } catch {
            state.withLock { $0.failure = error }
        }
    }

    private func finish(_ status: TerminationStatus) {
        let ending: ToolResult.Ending =
            switch status {
            case .exited(let code): .exited(code)
            case .signaled(let signal): .killed(signal)
            }
        state.withLock { state in
            state.result = ToolResult(
                ending: ending,
                output: String(decoding: state.output, as: UTF8.self),
                errorOutput: String(decoding: state.errorOutput, as: UTF8.self)
            )
        }
    }
}

/// The program ended, and what a test waited for was not in its output.
public struct ToolEndedEarly: Error, CustomStringConvertible {
    let awaited: String
    let result: ToolResult

    /// How it ended and all it wrote.
    public var description: String {
        """
        the program ended (\(result.ending)) without writing '\(awaited)'
        output: \(result.output)
        errors: \(result.errorOutput)
        """
    }
}

extension RunningTool {
    /// What tells a program that hangs, or is slow, from an end that nobody noticed.
    private var standing: String {
        // Signal 0 asks whether there is such a process; a dead one that nobody has waited for counts as well.
        let isThere = kill(processID, 0) == 0
        let status = (try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)) ?? ""
        let state = status.split(separator: "\n").first { $0.hasPrefix("State:") } ?? ""
        return """
            process \(processID) is \(isThere ? "there" : "gone"). \(state)
            output: \(output.suffix(2000))
            errors: \(errorOutput.suffix(2000))
            """
    }
}
