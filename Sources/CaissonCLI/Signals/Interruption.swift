import Foundation
import UnixSignals

/// The task was cancelled by a signal.
struct Interrupted: Error, CustomStringConvertible {
    let signal: UnixSignal

    var description: String {
        "Cancelled. What was committed stays. Go on with the same command."
    }
}

/// Runs work that Ctrl-C and SIGTERM end in order.
enum Interruption {
    /// What the first signal does; the second always cancels.
    enum FirstSignal: Sendable {
        /// The work is asked to come to an end.
        case asks(@Sendable () -> Void)
        /// The work is cancelled at once: it leaves nothing half done.
        case cancels
    }

    /// Runs the work under the watch of the signals.
    ///
    /// - Throws: ``Interrupted`` when a signal cancelled it, and whatever the work throws.
    static func watch<Value: Sendable>(
        _ first: FirstSignal,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await attend(to: signals, first)
                return nil
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }

    private static func attend(to signals: UnixSignalsSequence, _ first: FirstSignal) async throws {
        var wasAsked = false
        for await signal in signals {
            if case .asks(let ask) = first, !wasAsked {
                wasAsked = true
                ask()
            } else {
                insist()
                throw Interrupted(signal: signal)
            }
        }
    }

    /// From now on a signal ends the process by itself, should the cancelled work hang.
    private static func insist() {
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }
}
