/// A span of time: `interval`, which keeps months, days and microseconds apart because none is a fixed number of another.
public struct PostgresInterval: Hashable, Sendable {
    /// The months; twelve are a year.
    public var months: Int32
    /// The days.
    public var days: Int32
    /// The microseconds.
    public var microseconds: Int64

    /// A span of these parts, which may have different signs.
    public init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
        (self.months, self.days, self.microseconds) = (months, days, microseconds)
    }
}

extension PostgresInterval: LosslessStringConvertible {
    /// `1 year 2 mons -3 days 04:05:06.5`, as the server writes it in its own style.
    public var description: String {
        var parts: [String] = []
        // Behind a negative part the server writes the sign of a positive one too.
        var isBehindNegative = false
        for (count, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] where count != 0 {
            let sign = isBehindNegative && count > 0 ? "+" : ""
            parts.append("\(sign)\(count) \(unit)\(count == 1 ? "" : "s")")
            isBehindNegative = count < 0
        }
        if microseconds != 0 || parts.isEmpty {
            let sign = microseconds < 0 ? "-" : isBehindNegative ? "+" : ""
            parts.append(sign + Int(clamping: microseconds.magnitude).clockText)
        }
        return parts.joined(separator: " ")
    }

    /// Reads what ``description`` writes, and the server's `postgres` style.
    public init?(_ text: String) {
        self.init()
        for part in text.split(separator: " ").pairedWithUnits {
            guard add(part.count, part.unit) else { return nil }
        }
        if text.isEmpty { return nil }
    }

    private mutating func add(_ count: Substring, _ unit: Substring?) -> Bool {
        guard let unit else { return addClock(String(count)) }
        guard let number = Int32(count) else { return false }
        switch unit {
        case "year", "years": months += number * 12
        case "mon", "mons": months += number
        case "day", "days": days += number
        default: return false
        }
        return true
    }

    private mutating func addClock(_ text: String) -> Bool {
        let isNegative = text.hasPrefix("-")
        let unsigned = isNegative || text.hasPrefix("+") ? String(text.dropFirst()) : text
        guard let clock = TextScanner.read(unsigned, { $0.clock() }) else { return false }
        microseconds = Int64(isNegative ? -clock : clock)
        return true
    }
}

extension PostgresInterval: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .interval }

    public func encode(into buffer: inout WireBuffer) {
        buffer.append(microseconds)
        buffer.append(days)
        buffer.append(months)
    }

    public static func decode(_ cell: Cell) throws(DecodingFailure) -> PostgresInterval {
        let bytes = try cell.nonNull(PostgresInterval.self)
        guard cell.type == .interval else { throw cell.mismatch(PostgresInterval.self) }
        if cell.format == .binary, bytes.count == 16 {
            return PostgresInterval(
                months: Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 12, as: Int32.self)),
                days: Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int32.self)),
                microseconds: Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
            )
        }
        guard cell.format == .text, let interval = PostgresInterval(String(decoding: bytes, as: UTF8.self))
        else {
            throw cell.mismatch(PostgresInterval.self)
        }
        return interval
    }
}

extension [Substring] {
    /// Numbers with the word behind them; the clock has none.
    fileprivate var pairedWithUnits: [(count: Substring, unit: Substring?)] {
        var pairs: [(Substring, Substring?)] = []
        for word in self {
            if word.first?.isLetter == true, let last = pairs.popLast() {
                pairs.append((last.0, word))
            } else {
                pairs.append((word, nil))
            }
        }
        return pairs
    }
}
