/// The number in front of a migration's name.
///
/// Compared as a number of any length, so 9 comes before 10 and a 14-digit timestamp fits; leading zeros do
/// not count, so `007` and `7` are the same version. The text is kept as it was written.
public struct MigrationVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The digits as written.
    public let text: String

    private let significant: String

    /// Reads a version; nil unless the text is one or more digits.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        self.init(unchecked: text)
    }

    init(unchecked text: String) {
        self.text = text
        significant = String(text.drop { $0 == "0" })
    }

    /// The digits as written.
    public var description: String { text }

    /// Same number, however many zeros stand before it.
    public static func == (left: Self, right: Self) -> Bool {
        left.significant == right.significant
    }

    /// Smaller number.
    public static func < (left: Self, right: Self) -> Bool {
        let (leftCount, rightCount) = (left.significant.utf8.count, right.significant.utf8.count)
        return leftCount == rightCount ? left.significant < right.significant : leftCount < rightCount
    }

    /// Equal versions hash alike.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(significant)
    }
}
