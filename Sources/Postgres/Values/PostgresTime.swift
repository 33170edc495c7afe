/// A time of day without a zone: `time`, from 00:00:00 to 24:00:00.
public struct PostgresTime: Hashable, Sendable, Comparable {
    /// The microseconds since midnight.
    public let microseconds: Int64

    private static let day: Int64 = 86_400_000_000

    /// A time by its microseconds since midnight; `nil` outside of the day.
    public init?(microseconds: Int64) {
        guard (0...Self.day).contains(microseconds) else { return nil }
        self.microseconds = microseconds
    }

    /// A time by its parts; `nil` when there is no such time.
    public init?(hour: Int, minute: Int, second: Int = 0, microsecond: Int = 0) {
        guard (0...24).contains(hour), (0...59).contains(minute), (0...59).contains(second),
            (0...999_999).contains(microsecond)
        else { return nil }
        self.init(microseconds: Int64(((hour * 60 + minute) * 60 + second) * 1_000_000 + microsecond))
    }

    /// The parts of the time.
    public var parts: (hour: Int, minute: Int, second: Int, microsecond: Int) {
        let seconds = Int(microseconds / 1_000_000)
        return (seconds / 3600, seconds / 60 % 60, seconds % 60, Int(microseconds % 1_000_000))
    }

    public static func < (left: PostgresTime, right: PostgresTime) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension PostgresTime: LosslessStringConvertible {
    /// `09:05:00`, `23:59:59.5`, as the server writes it.
    public var description: String { Int(microseconds).clockText }

    /// Reads what ``description`` writes.
    public init?(_ text: String) {
        guard let microseconds = TextScanner.read(text, { $0.clock() }) else { return nil }
        self.init(microseconds: Int64(microseconds))
    }
}

extension PostgresTime: PostgresFixedWidth, PostgresDecodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .time }
    public var wireInteger: Int64 { microseconds }

    public static func decode(_ cell: Cell) throws(DecodingFailure) -> PostgresTime {
        let bytes = try cell.nonNull(PostgresTime.self)
        guard cell.type == .time else { throw cell.mismatch(PostgresTime.self) }
        let time =
            cell.format == .binary
            ? PostgresTime(microseconds: cell.bigEndian(Int64.self, bytes))
            : PostgresTime(String(decoding: bytes, as: UTF8.self))
        guard let time else { throw cell.mismatch(PostgresTime.self) }
        return time
    }
}

extension Int {
    /// Microseconds, not negative, as `HH:MM:SS` and the fraction without its last zeros.
    var clockText: String {
        let seconds = self / 1_000_000
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { $0.padded(2) }.joined(
            separator: ":"
        )
        guard self % 1_000_000 != 0 else { return clock }
        var fraction = (self % 1_000_000).padded(6)
        while fraction.last == "0" { fraction.removeLast() }
        return clock + "." + fraction
    }
}
