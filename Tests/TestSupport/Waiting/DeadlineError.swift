/// A condition that did not come true in time.
public struct DeadlineError: Error, CustomStringConvertible {
    /// What was waited for, and for how long.
    public let description: String

    init(_ awaited: String, _ limit: Duration, detail: String = "") {
        description = "waited \(limit) in vain for \(awaited)" + (detail.isEmpty ? "" : "; " + detail)
    }
}
