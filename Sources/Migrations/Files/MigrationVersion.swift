/// The number in front of a migration's name.
///
/// Compared as a number of any length, so 9 comes before 10 and a 14-digit timestamp fits; leading zeros do
/// not count, so `007` and `7` are the same version. Several numbers with dots between them, as Flyway has
/// them, are compared one by one: `1.9` comes before `1.10`, and `1.0` is `1`. The text is kept as it was
/// written.
public struct MigrationVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The digits as written.
    public let text: String

    /// Each number without its leading zeros, the last one not zero.
    private let significant: [Substring]

    /// Reads a version; nil unless the text is one or more digits, or several such numbers with dots between
    /// them.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }) else {
            return nil
        }
        self.init(unchecked: text)
    }

    init(unchecked text: String) {
        self.text = text
        var parts = text.split(separator: ".").map { $0.drop { $0 == "0" } }
        while parts.last?.isEmpty == true { parts.removeLast() }
        significant = parts
    }

    /// The digits as written.
    public var description: String { text }

    /// Same number, however many zeros stand before it.
    public static func == (left: Self, right: Self) -> Bool {
        left.significant == right.significant
    }

    /// Smaller number.
    public static func < (left: Self, right: Self) -> Bool {
        left.significant.lexicographicallyPrecedes(right.significant) { left, right in
            let (leftCount, rightCount) = (left.utf8.count, right.utf8.count)
            return leftCount == rightCount ? left < right : leftCount < rightCount
        }
    }

    /// Equal versions hash alike.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(significant)
    }
}
