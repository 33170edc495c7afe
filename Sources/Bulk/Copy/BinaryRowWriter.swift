public import Postgres

/// Writes typed rows in the binary format of COPY.
///
/// The format sends values as the columns keep them, so nothing is converted: `Int64` goes into `bigint` and
/// nothing else, `String` into text-like types (`text`, `varchar`, `citext`, `json`, enums). The columns are
/// checked when the first row comes. Got from ``Postgres/Connection/copyRows(into:columns:_:)``.
public final class BinaryRowWriter {
    @usableFromInline let copy: CopyWriter
    private let table: Identifier
    private let columns: [TargetColumn]
    @usableFromInline var types: [PostgresType] = []
    @usableFromInline var rowCount = 0

    init(_ copy: CopyWriter, table: Identifier, columns: [TargetColumn]) {
        (self.copy, self.table, self.columns) = (copy, table, columns)
        copy.buffer.append(contentsOf: Self.header)
    }

    /// Sends a row.
    ///
    /// - Throws: ``TargetError/unsuitable(_:_:)`` when the types do not fit the columns, ``BatchError`` when a later
    ///   row has other types than the first; ``PostgresError``.
    @inlinable
    public func write<each Value: PostgresEncodable>(_ values: repeat each Value) throws {
        var position = 0
        for type in repeat (each Value).self {
            if position >= types.count || types[position] != type.elementType {
                try check(repeat (each Value).self)
                break
            }
            position &+= 1
        }
        encode(repeat each values, into: &copy.buffer)
        rowCount &+= 1
        try copy.flushIfFull()
    }

    /// One access to the buffer for the whole row, because each is checked for exclusivity when it runs.
    @inlinable @inline(__always)
    func encode<each Value: PostgresEncodable>(
        _ values: repeat each Value,
        into buffer: inout WireBuffer
    ) {
        buffer.append(Int16(truncatingIfNeeded: types.count))
        repeat buffer.appendLengthPrefixed(each values)
    }

    func finish() {
        copy.buffer.append(Int16(-1))
    }

    @usableFromInline
    func check<each Value: PostgresEncodable>(_ types: repeat (each Value).Type) throws {
        var found: [PostgresType] = []
        var names: [String] = []
        for type in repeat each types {
            found.append(type.elementType)
            names.append("\(type)")
        }
        guard rowCount == 0 else {
            throw BatchError.otherTypes(
                row: rowCount + 1,
                swiftTypes: names,
                found: found,
                expected: self.types
            )
        }
        let problems = problems(found)
        guard problems.isEmpty else { throw TargetError.unsuitable(table, problems) }
        self.types = found
    }

    private func problems(_ found: [PostgresType]) -> [TargetError.Problem] {
        guard found.count == columns.count else {
            return [.valueCount(expected: columns.count, found: found.count)]
        }
        return zip(columns, found).filter { !$0.acceptsBinary($1) }.map { column, type in
            .type(column: column.name, type: column.type, value: type)
        }
    }

    /// The signature, no flags, no extension.
    static let header: [UInt8] =
        Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0] + [UInt8](repeating: 0, count: 8)
}
