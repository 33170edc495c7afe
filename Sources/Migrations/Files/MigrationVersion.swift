/// The number in front of a migration's name.
///
/// Compared as a number of any length, so 9 comes before 10 and a 14-digit timestamp fits; leading zeros do
/// not count, so `007` and `7` are the same version. Several numbers with dots between them, as Flyway has
/// them, are compared one by one: `1.9` comes before `1.10`, and `1.0` is `1`. The text is kept as it was
/// written.
///
/// diesel compares its versions as texts, so that one of 18 digits comes before a later one of 14: those say so themselves.
public struct MigrationVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How versions are put in order.
    public enum Order: Hashable, Sendable {
        /// As numbers: 9 before 10.
        case numbers
        /// As texts, as diesel does: 10 before 9.
        case texts
    }

    /// The digits as written.
    public let text: String

    /// How it is compared; one that is compared as a text has the last word in a comparison.
    public let order: Order

    /// Each number without its leading zeros, the last one not zero.
    private let significant: [Substring]

    /// Reads a version; nil unless the text is one or more digits, or several such numbers with dots between
    /// them.
    public init?(_ text: String, order: Order = .numbers) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }) else {
            return nil
        }
        self.init(unchecked: text, order: order)
    }

    init(unchecked text: String, order: Order = .numbers) {
        self.text = text
        self.order = order
        let zero = UInt8(ascii: "0")
        var parts = text.utf8.split(separator: UInt8(ascii: ".")).map { Substring($0.drop { $0 == zero }) }
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
        guard left.order == .numbers, right.order == .numbers else {
            return left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
        }
        return left.significant.lexicographicallyPrecedes(right.significant) { left, right in
            let (leftCount, rightCount) = (left.utf8.count, right.utf8.count)
            return leftCount == rightCount ? left < right : leftCount < rightCount
        }
    }

    /// Equal versions hash alike.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(significant)
    }
}
