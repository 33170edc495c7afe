import UnixSignals

/// The work was cancelled by a signal.
struct Interrupted: Error, CustomStringConvertible {
    /// Which one.
    let signal: UnixSignal
    /// What the work said when it was cancelled.
    let cause: any Error

    var description: String {
        let left = cause is CancellationError ? "What was committed before stays." : "\(cause)"
        return "Cancelled by \(signal). \(left)\nGo on with the same command."
    }
}
