package import Foundation

extension Date {
    /// `2026-11-21T09:05:00Z`.
    ///
    /// Foundation's `ISO8601Format()` makes a calendar first, for which it searches the folder of time zones: a tenth of the
    /// time that a command takes which only looks.
    package var utcText: String {
        let seconds = (timeIntervalSince1970 - Date.postgresEpoch).rounded(.down)
        guard let whole = Int64(exactly: seconds * 1_000_000) else { return "\(timeIntervalSince1970)" }
        let timestamp = PostgresTimestamp(microseconds: whole)
        return "\(timestamp.date)T\(Int(timestamp.microsecondsOfDay).clockText)Z"
    }
}
