import Postgres

/// Rewrites numbers with a decimal comma for the server: `-1.234,5` is `-1234.5`.
///
/// Points separate groups of three digits. Any other point is refused: nobody knows whether `1.5` was meant to be one and
/// a half or a group that lost digits.
enum DecimalComma {
    private static let numbers: Set<PostgresType> = [.int2, .int4, .int8, .float4, .float8, .numeric]
    private static let comma = UInt8(ascii: ",")
    private static let point = UInt8(ascii: ".")

    /// Whether the values of a column are numbers.
    static func concerns(_ column: TargetColumn) -> Bool {
        numbers.contains(column.baseTypeID)
    }

    /// The number as SQL has it. What is none comes back as something that the server refuses in its own words.
    static func rewritten(_ field: UnsafeRawBufferPointer) -> [UInt8] {
        guard field.contains(where: { $0 == comma || $0 == point }) else { return Array(field) }
        // Blanks around a number mean nothing to the server.
        let number = Array(
            field.drop { $0 == UInt8(ascii: " ") }.reversed().drop { $0 == UInt8(ascii: " ") }.reversed()
        )
        let parts = number.split(separator: comma, omittingEmptySubsequences: false)
        guard parts.count <= 2 else { return Array(field) }
        guard !parts.dropFirst().contains(where: { $0.contains(point) }), isGrouped(parts[0]) else {
            return number + " (a point that is not between groups of three digits, with a decimal comma)".utf8
        }
        let whole = parts[0].filter { $0 != point }
        return parts.count == 1 ? whole : whole + [point] + parts[1]
    }

    /// Whether all points are where thousands are separated.
    private static func isGrouped(_ whole: some Collection<UInt8>) -> Bool {
        let signs = [UInt8(ascii: "+"), UInt8(ascii: "-")]
        let groups = whole.drop { signs.contains($0) }.split(
            separator: point,
            omittingEmptySubsequences: false
        )
        guard groups.count > 1 else { return true }
        return (1...3).contains(groups[0].count) && groups.dropFirst().allSatisfy { $0.count == 3 }
            && groups.allSatisfy { $0.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) }
    }
}
