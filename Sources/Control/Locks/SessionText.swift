/// Words about sessions, for messages.
package enum SessionText {
    private static let longestQuery = 200

    /// `63.0 s`; whole minutes, hours and days from where tenths of a second tell nothing any more.
    package static func seconds(_ duration: Duration) -> String {
        let tenths = Int64(duration / .milliseconds(100))
        return switch tenths / 10 {
        case ..<120: "\(tenths / 10).\(tenths % 10) s"
        case ..<7200: "\(tenths / 600) min"
        case ..<172_800: "\(tenths / 36_000) h"
        default: "\(tenths / 864_000) days"
        }
    }

    /// A statement on one line, shortened.
    package static func line(_ query: String) -> String {
        let words = query.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.count > longestQuery ? words.prefix(longestQuery) + "…" : words
    }
}
