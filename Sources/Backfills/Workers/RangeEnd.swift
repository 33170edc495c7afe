/// Why a worker let go of a range.
enum RangeEnd: Sendable, Hashable {
    /// All its keys are done.
    case done
    /// It has another owner.
    case lost
    /// This process is to stop.
    case stopped
    /// The run is to pause, or is given up.
    case unwanted
}

/// Why a worker ended.
enum WorkerEnd: Sendable, Hashable {
    /// No range is left, here or elsewhere.
    case allDone
    /// This process is to stop.
    case stopped
    /// The run is to pause, or is given up.
    case unwanted
}
