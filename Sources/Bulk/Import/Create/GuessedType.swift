import Postgres

/// The type of a column of a table that is made for a file.
///
/// There is none with binary fractions: `0.1` would not come back as it was.
public enum GuessedType: String, Hashable, Sendable, CaseIterable {
    /// Whole numbers within eight bytes.
    case bigint
    /// Other numbers, digit by digit.
    case numeric
    /// `true` and `false`.
    case boolean
    /// Days.
    case date
    /// Times without a zone.
    case timestamp
    /// Times with a zone.
    case timestamptz
    /// 32 hexadecimal digits in five groups.
    case uuid
    /// Objects and arrays.
    case json
    /// Everything else.
    case text

    /// The type that holds values of both without a loss.
    ///
    /// A day in a column of times would become midnight, and a time without a zone one in the zone of the session.
    func joined(with other: GuessedType) -> GuessedType {
        if self == other { return self }
        let both: Set = [self, other]
        return both == [.bigint, .numeric] ? .numeric : .text
    }

    /// The type in a statement. Those that are no key words say where they are from, because a type of another schema may have
    /// their name.
    var sql: SQL {
        switch self {
        case .bigint: "bigint"
        case .numeric: "numeric"
        case .boolean: "boolean"
        case .timestamp: "timestamp"
        case .timestamptz: "timestamp with time zone"
        case .date, .uuid, .json, .text: "pg_catalog.\(unsafe: rawValue)"
        }
    }
}

extension GuessedType {
    /// What a value is in the file.
    enum Kind {
        /// A field of CSV, which may mean anything.
        case field
        /// A string of JSON: one that looks like a number was not meant to be one.
        case string
        case number, bool
        /// An object or an array of JSON.
        case nested
    }

    /// The narrowest type that one value goes into, and comes out of again as the same value.
    init(of text: UnsafeRawBufferPointer, _ kind: Kind = .field) {
        let found: GuessedType? =
            switch kind {
            case .field:
                Self.number(text) ?? Self.moment(text) ?? Self.uuid(text) ?? Self.boolean(text)
                    ?? Self.json(text)
            case .string: Self.moment(text) ?? Self.uuid(text)
            case .number: Self.number(text)
            case .bool: .boolean
            case .nested: Self.json(text)
            }
        self = found ?? .text
    }

    private static let words = ["true", "false", "t", "f"].map { Array($0.utf8) }

    private static func boolean(_ text: UnsafeRawBufferPointer) -> GuessedType? {
        guard (1...5).contains(text.count) else { return nil }
        let small = text.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        return words.contains(small) ? .boolean : nil
    }

    private static func uuid(_ text: UnsafeRawBufferPointer) -> GuessedType? {
        guard text.count == 36 else { return nil }
        let isRight = text.enumerated().allSatisfy { place, byte in
            [8, 13, 18, 23].contains(place) ? byte == UInt8(ascii: "-") : isHexDigit(byte)
        }
        return isRight ? .uuid : nil
    }

    static func isHexDigit(_ byte: UInt8) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "f")
        return (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || letters.contains(byte | 0x20)
    }
}
