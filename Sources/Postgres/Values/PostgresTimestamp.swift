/// A date with a time, without a zone: `timestamp`. For a moment in time, `timestamptz`, use Foundation's `Date`.
public struct PostgresTimestamp: Hashable, Sendable, Comparable {
    /// The microseconds since 2000-01-01 00:00.
    public let microseconds: Int64

    /// The server's `infinity`.
    public static let infinity = PostgresTimestamp(microseconds: .max)
    /// The server's `-infinity`.
    public static let minusInfinity = PostgresTimestamp(microseconds: .min)

    private static let day: Int64 = 86_400_000_000

    /// Counts from 2000-01-01 00:00.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Puts a day and a time together; `nil` when that is outside of the server's range.
    public init?(_ date: PostgresDate, _ time: PostgresTime) {
        switch date {
        case .infinity: self = .infinity
        case .minusInfinity: self = .minusInfinity
        default:
            let (days, isTooLarge) = Int64(date.daysSince2000).multipliedReportingOverflow(by: Self.day)
            let (sum, isOut) = days.addingReportingOverflow(time.microseconds)
            guard !isTooLarge, !isOut else { return nil }
            microseconds = sum
        }
    }

    /// Whether it is one of the two infinities.
    public var isInfinite: Bool { self == .infinity || self == .minusInfinity }

    /// The day.
    public var date: PostgresDate {
        if isInfinite { return self == .infinity ? .infinity : .minusInfinity }
        let day = Self.day
        return PostgresDate(daysSince2000: Int32((microseconds - (microseconds % day + day) % day) / day))
    }

    /// The microseconds since the day's midnight.
    public var microsecondsOfDay: Int64 {
        isInfinite ? 0 : (microseconds % Self.day + Self.day) % Self.day
    }

    public static func < (left: PostgresTimestamp, right: PostgresTimestamp) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension PostgresTimestamp: LosslessStringConvertible {
    /// `2026-11-21 09:05:00.25`, as the server writes it in its ISO style.
    public var description: String {
        if isInfinite { return date.description }
        return "\(date.plain) \(Int(microsecondsOfDay).clockText)\(date.era)"
    }

    /// Reads what ``description`` writes.
    public init?(_ text: String) {
        guard let read = TextScanner.read(text, { PostgresTimestamp(&$0, hasZone: false) }) else {
            return nil
        }
        self = read
    }

    /// Reads a date, a time, a zone where there is one (`+05:30`), and the era; a zone is taken off.
    init?(_ scanner: inout TextScanner, hasZone: Bool) {
        guard let day = scanner.calendarDay() else { return nil }
        guard case .day = day else {
            self = day == .infinity ? .infinity : .minusInfinity
            return
        }
        guard scanner.take(" "), let clock = scanner.clock(),
            let time = PostgresTime(microseconds: Int64(clock)),
            let offset = hasZone ? scanner.zone() : 0,
            let date = PostgresDate(day, isBC: scanner.take(" BC")),
            let local = PostgresTimestamp(date, time)
        else { return nil }
        microseconds = local.microseconds - Int64(offset) * 1_000_000
    }
}

extension PostgresTimestamp: PostgresFixedWidth, PostgresDecodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .timestamp }
    public var wireInteger: Int64 { microseconds }

    public static func decode(_ cell: Cell) throws(DecodingFailure) -> PostgresTimestamp {
        let bytes = try cell.nonNull(PostgresTimestamp.self)
        guard cell.type == .timestamp else { throw cell.mismatch(PostgresTimestamp.self) }
        if cell.format == .binary {
            return PostgresTimestamp(microseconds: cell.bigEndian(Int64.self, bytes))
        }
        guard let timestamp = PostgresTimestamp(String(decoding: bytes, as: UTF8.self)) else {
            throw cell.mismatch(PostgresTimestamp.self)
        }
        return timestamp
    }
}

extension TextScanner {
    /// The seconds east of Greenwich: `+01`, `-03:30`, `+00:53:28`.
    fileprivate mutating func zone() -> Int? {
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(digits: 2) else { return nil }
        let minutes = take(":") ? number(digits: 2) : 0
        let seconds = take(":") ? number(digits: 2) : 0
        guard let minutes, let seconds else { return nil }
        return (isWest ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds)
    }
}
