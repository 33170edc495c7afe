public import Foundation

/// `timestamptz` counts microseconds from 2000-01-01 00:00 UTC.
extension Date: PostgresFixedWidth {
    @inlinable public static var postgresType: PostgresType { .timestamptz }
    @inlinable public var wireInteger: Int64 {
        let microseconds = ((timeIntervalSince1970 - Date.postgresEpoch) * 1_000_000).rounded()
        // The ends of the range are the server's infinity; its own years end long before.
        return Int64(exactly: microseconds) ?? (microseconds < 0 ? .min : .max)
    }

    /// Seconds from 1970 to 2000.
    @usableFromInline static let postgresEpoch: Double = 946_684_800
}

/// Reads `timestamptz` in both formats; as text in the server's ISO style, which says the zone.
extension Date: PostgresDecodable {
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> Date {
        let bytes = try cell.nonNull(Date.self)
        guard cell.type == .timestamptz else { throw cell.mismatch(Date.self) }
        if cell.format == .binary { return Date(postgresMicroseconds: cell.bigEndian(Int64.self, bytes)) }
        var scanner = TextScanner(bytes)
        guard let moment = PostgresTimestamp(&scanner, hasZone: true), scanner.isAtEnd else {
            throw cell.mismatch(Date.self)
        }
        return Date(postgresMicroseconds: moment.microseconds)
    }

    private init(postgresMicroseconds microseconds: Int64) {
        switch microseconds {
        case .max: self.init(timeIntervalSince1970: .infinity)
        case .min: self.init(timeIntervalSince1970: -.infinity)
        default:
            self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000 + Date.postgresEpoch)
        }
    }
}

extension Date: PostgresArrayElement {}
