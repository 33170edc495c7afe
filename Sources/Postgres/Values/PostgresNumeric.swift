public import Foundation

/// An exact decimal number of any length: `numeric`. It never passes through `Double`.
///
/// The number is kept as its decimal text with all its digits: `1.0` and `1.00` are different values here, as they
/// look different on the server, although the server compares them as equal.
public struct PostgresNumeric: Hashable, Sendable, LosslessStringConvertible {
    /// The number as the server writes it: `-12.340`, `NaN`, `Infinity`.
    public let description: String

    /// Not a number.
    public static let nan = PostgresNumeric(exactly: "NaN")
    /// Larger than any number; since version 14 of the server.
    public static let infinity = PostgresNumeric(exactly: "Infinity")
    /// Smaller than any number; since version 14 of the server.
    public static let minusInfinity = PostgresNumeric(exactly: "-Infinity")

    init(exactly text: String) {
        description = text
    }

    /// Reads an optional sign, digits and an optional fraction; `nil` for anything else, also for an exponent, and
    /// for more than 131,072 digits before or 16,383 digits behind the point, which the server refuses.
    public init?(_ text: String) {
        if ["NaN", "Infinity", "-Infinity"].contains(text) {
            description = text
            return
        }
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let unsigned = isNegative || text.utf8.first == UInt8(ascii: "+") ? text.dropFirst() : text[...]
        let parts = unsigned.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let whole = parts[0].drop { $0 == "0" }
        let fraction = parts.count > 1 ? parts[1] : ""
        guard unsigned.utf8.contains(where: \.isDigit), parts.allSatisfy({ $0.utf8.allSatisfy(\.isDigit) }),
            whole.utf8.count <= 131_072, fraction.utf8.count <= 16_383
        else { return nil }
        let isZero = whole.isEmpty && fraction.allSatisfy { $0 == "0" }
        description =
            (isNegative && !isZero ? "-" : "") + (whole.isEmpty ? "0" : whole)
            + (fraction.isEmpty ? "" : "." + fraction)
    }

    /// A whole number.
    public init(_ integer: some BinaryInteger) {
        description = String(integer)
    }

    /// Foundation's decimal number, exactly.
    public init(_ decimal: Decimal) {
        self = decimal.isNaN ? .nan : PostgresNumeric(decimal.description) ?? .nan
    }

    /// The same number as Foundation's type; `nil` when that cannot hold all its digits.
    public var decimal: Decimal? {
        guard let decimal = Decimal(string: description, locale: Locale(identifier: "en_US_POSIX")),
            PostgresNumeric(decimal).withoutTrailingZeros == withoutTrailingZeros
        else { return nil }
        return decimal
    }

    private var withoutTrailingZeros: Substring {
        guard description.utf8.contains(UInt8(ascii: ".")) else { return description[...] }
        var text = description[...]
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
