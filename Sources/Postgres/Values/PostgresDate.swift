/// A day of the calendar: `date`, without time or zone.
///
/// The Gregorian calendar is used for all times, as on the server; the year before 1 is 0.
public struct PostgresDate: Hashable, Sendable, Comparable {
    /// The days since 2000-01-01.
    public let daysSince2000: Int32

    /// The server's `infinity`, later than any day.
    public static let infinity = PostgresDate(daysSince2000: .max)
    /// The server's `-infinity`, earlier than any day.
    public static let minusInfinity = PostgresDate(daysSince2000: .min)

    /// Counts from 2000-01-01.
    public init(daysSince2000: Int32) {
        self.daysSince2000 = daysSince2000
    }

    /// A day of the calendar; `nil` when there is no such day, or the server has none (after 5874897).
    public init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), (1...31).contains(day), (-4713...5_874_897).contains(year) else {
            return nil
        }
        // Years that begin in March put the leap day last (after H. Hinnant's algorithm).
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        daysSince2000 = Int32(era * 146_097 + dayOfEra - 730_425)
        let (foundYear, foundMonth, foundDay) = parts
        guard foundYear == year, foundMonth == month, foundDay == day else { return nil }
    }

    /// Whether it is one of the two infinities.
    public var isInfinite: Bool { daysSince2000 == .max || daysSince2000 == .min }

    /// Year, month and day; without meaning for an infinity.
    public var parts: (year: Int, month: Int, day: Int) {
        let days = Int(daysSince2000) + 730_425
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    public static func < (left: PostgresDate, right: PostgresDate) -> Bool {
        left.daysSince2000 < right.daysSince2000
    }
}

extension PostgresDate: LosslessStringConvertible {
    /// `2026-11-21`, `0044-03-15 BC`, `infinity`, as the server writes it.
    public var description: String {
        if self == .infinity { return "infinity" }
        if self == .minusInfinity { return "-infinity" }
        return plain + era
    }

    /// Reads what ``description`` writes.
    public init?(_ text: String) {
        let read = TextScanner.read(text) { scanner in
            scanner.calendarDay().flatMap { PostgresDate($0, isBC: scanner.take(" BC")) }
        }
        guard let read else { return nil }
        self = read
    }

    /// The day of a name, once it is known to which side of the beginning it belongs.
    init?(_ day: CalendarDay, isBC: Bool) {
        switch day {
        case .infinity: self = .infinity
        case .minusInfinity: self = .minusInfinity
        case .day(let year, let month, let day):
            self.init(year: isBC ? 1 - year : year, month: month, day: day)
        }
    }

    /// The date without its era.
    var plain: String {
        let (year, month, day) = parts
        return "\((year > 0 ? year : 1 - year).padded(4))-\(month.padded(2))-\(day.padded(2))"
    }

    var era: String { parts.year > 0 ? "" : " BC" }
}

extension PostgresDate: PostgresFixedWidth, PostgresDecodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .date }
    public var wireInteger: Int32 { daysSince2000 }

    public static func decode(_ cell: Cell) throws(DecodingFailure) -> PostgresDate {
        let bytes = try cell.nonNull(PostgresDate.self)
        guard cell.type == .date else { throw cell.mismatch(PostgresDate.self) }
        if cell.format == .binary { return PostgresDate(daysSince2000: cell.bigEndian(Int32.self, bytes)) }
        guard let date = PostgresDate(String(decoding: bytes, as: UTF8.self)) else {
            throw cell.mismatch(PostgresDate.self)
        }
        return date
    }
}

extension Int {
    /// The number with leading zeros.
    func padded(_ digits: Int) -> String {
        let text = String(self)
        return String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
    }
}
