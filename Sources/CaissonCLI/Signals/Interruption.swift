import Foundation
import Synchronization
import UnixSignals

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
    /// - Throws: ``Interrupted`` when a signal cancelled it before it was done, and whatever else the work throws.
    static func watch<Value: Sendable>(
        _ first: FirstSignal,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let cancelled = Cancellation()
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                do {
                    return try await work()
                } catch {
                    guard let signal = cancelled.by.withLock({ $0 }) else { throw error }
                    throw Interrupted(signal: signal, cause: error)
                }
            }
            group.addTask {
                guard let signal = await last(of: signals, first) else { return nil }
                cancelled.by.withLock { $0 = signal }
                return nil
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
                group.cancelAll()
            }
            throw CancellationError()
        }
    }

    /// The signal that cancels; nil when the work ended before one came.
    private static func last(of signals: UnixSignalsSequence, _ first: FirstSignal) async -> UnixSignal? {
        var wasAsked = false
        for await signal in signals {
            guard case .asks(let ask) = first, !wasAsked else {
                insist()
                return signal
            }
            wasAsked = true
            ask()
        }
        return nil
    }

    /// From now on a signal ends the process by itself, should the cancelled work hang.
    private static func insist() {
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }

    /// The signal that cancelled the work, for the one who tells of the end.
    private final class Cancellation: Sendable {
        let by = Mutex<UnixSignal?>(nil)
    }
}
