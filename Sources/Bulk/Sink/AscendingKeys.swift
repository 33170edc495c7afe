import Postgres

/// Watches the keys of a set while it is sent: keys that only ascend are all different, which saves the server the
/// search for duplicates (0.3 s to 0.6 s for a million staged rows). Sets that come out of another table in the order of
/// its primary key are like that.
struct AscendingKeys: Sendable {
    /// What is known when all rows were seen.
    enum Finding: Hashable, Sendable {
        /// No two rows have the same key, and all are between these.
        case ascending(first: Int64, last: Int64)
        /// Some may.
        case unknown

        /// Whether no two rows have the same key.
        var areDistinct: Bool { self != .unknown }
    }

    private let column: Int
    private var first: Int64?
    private var last = Int64.min
    private var holds: Bool

    /// - Parameter types: the types of the values on the wire.
    init(_ plan: SinkPlan, types: [PostgresType]) {
        let integers: Set<PostgresType> = [.int2, .int4, .int8]
        let key = plan.key.first.flatMap { first in plan.columns.firstIndex { $0.name == first.name } }
        column = key ?? 0
        // A column of another type could round two numbers to one.
        let isKnown =
            plan.key.count == 1 && key != nil && integers.contains(types[column])
            && integers.contains(plan.columns[column].baseTypeID)
        holds = isKnown
    }

    /// What is known of the keys so far.
    var finding: Finding {
        guard holds, let first else { return .unknown }
        return .ascending(first: first, last: last)
    }

    mutating func take(_ batch: Batch) {
        guard holds, let lowest = batch.firstInteger(column) else {
            holds = holds && batch.isEmpty
            return
        }
        first = first ?? lowest
        holds = batch.isAscending(column, after: &last)
    }
}

extension Batch {
    /// Whether the integers of a column ascend, none of them NULL, from behind a number; afterwards that is the last.
    fileprivate func isAscending(_ column: Int, after last: inout Int64) -> Bool {
        columns[column].elements.withUnsafeBytes { bytes in
            var offset = ArrayColumn.headerSize
            for _ in 0..<count {
                let field = ArrayColumn.field(in: bytes, at: offset)
                offset &+= field.count
                guard let number = Self.integer(field), number > last else { return false }
                last = number
            }
            return true
        }
    }

    /// The first integer of a column; `nil` for NULL and in an empty batch.
    fileprivate func firstInteger(_ column: Int) -> Int64? {
        guard !isEmpty else { return nil }
        return columns[column].elements.withUnsafeBytes {
            Self.integer(ArrayColumn.field(in: $0, at: ArrayColumn.headerSize))
        }
    }

    private static func integer(_ field: UnsafeRawBufferPointer) -> Int64? {
        switch field.count {
        case 6: Int64(Int16(bigEndian: field.loadUnaligned(fromByteOffset: 4, as: Int16.self)))
        case 8: Int64(Int32(bigEndian: field.loadUnaligned(fromByteOffset: 4, as: Int32.self)))
        case 12: Int64(bigEndian: field.loadUnaligned(fromByteOffset: 4, as: Int64.self))
        default: nil
        }
    }
}
