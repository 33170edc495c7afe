public import Postgres

/// Writes typed rows in the binary format of COPY, one by one or by columns.
///
/// The format sends values as the columns keep them, so nothing is converted: `Int64` goes into `bigint` and
/// nothing else, `String` into text-like types (`text`, `varchar`, `citext`, `json`, enums). The columns are
/// checked when the first row comes. Got from ``Postgres/Connection/copyRows(into:columns:_:)``.
public final class BinaryRowWriter {
    private let copy: CopyWriter
    /// Rows that wait to be sent. No two accesses meet: values are `Sendable` and the writer is not, so that no value
    /// can come back to it while it is encoded. To check it took a tenth of the time of a row.
    @exclusivity(unchecked) @usableFromInline var buffer = WireBuffer(capacity: CopyWriter.flushSize + 4096)
    @usableFromInline let fieldCount: Int16
    private let table: Identifier
    private let columns: [TargetColumn]
    private var types: [PostgresType]?
    /// The Swift types of the last row, so that the next one of the same is not looked at.
    @exclusivity(unchecked) @usableFromInline var shape: ObjectIdentifier?
    @exclusivity(unchecked) @usableFromInline var rowCount = 0
    private lazy var block = ColumnBlock(columnCount: columns.count)

    init(_ copy: CopyWriter, table: Identifier, columns: [TargetColumn]) {
        (self.copy, self.table, self.columns) = (copy, table, columns)
        fieldCount = Int16(truncatingIfNeeded: columns.count)
        buffer.append(contentsOf: Self.header)
    }

    /// Sends a row.
    ///
    /// - Throws: ``TargetError/unsuitable(_:_:)`` when the types do not fit the columns, ``BatchError`` when a later
    ///   row has other types than the first; ``PostgresError``.
    @inlinable @inline(__always)
    public func write<each Value: PostgresEncodable>(_ values: repeat each Value) throws {
        let shape = ObjectIdentifier((repeat each Value).self)
        if shape != self.shape {
            try check(repeat (each Value).self)
            self.shape = shape
        }
        buffer.append(fieldCount)
        repeat (each values).encodeField(into: &buffer)
        rowCount &+= 1
        if buffer.count >= CopyWriter.flushSize { try flush() }
    }

    /// Sends rows of which each column is at hand: the first elements are the first row, and so on.
    ///
    /// It is the faster way, for values that are kept by column anyway. Rows are made and sent in blocks, so that the
    /// memory used does not grow with their number; columns may be written in pieces, in turns with rows.
    ///
    /// ```swift
    /// try connection.copyRows(into: "city", columns: ["id", "name"]) { rows in
    ///     try rows.write(columns: ids, names)  // [Int64], [String?]
    /// }
    /// ```
    ///
    /// - Throws: as ``write(_:)``; ``BatchError/unevenColumns(names:counts:)`` when one has more values than another,
    ///   before any of them is sent.
    public func write<each Column: RandomAccessCollection>(columns: repeat each Column) throws
    where repeat (each Column).Element: PostgresEncodable {
        try check(repeat (each Column).Element.self)
        var counts: [Int] = []
        for column in repeat each columns { counts.append(column.count) }
        let total = try commonCount(counts)
        var written = 0
        while written < total {
            block.begin(rows: written..<total)
            repeat block.append(each columns)
            written += block.rowCount
            block.write(to: &buffer)
            rowCount += block.rowCount
            if buffer.count >= CopyWriter.flushSize { try flush() }
        }
    }

    func finish() throws {
        buffer.append(Int16(-1))
        try flush()
    }

    @usableFromInline
    func flush() throws {
        try buffer.withUnsafeBytes { try copy.send($0) }
        buffer.truncate(to: 0)
    }

    @usableFromInline
    func check<each Value: PostgresEncodable>(_ types: repeat (each Value).Type) throws {
        var found: [PostgresType] = []
        for type in repeat each types { found.append(type.elementType) }
        guard found != self.types else { return }
        if let expected = self.types {
            var names: [String] = []
            for type in repeat each types { names.append("\(type)") }
            throw BatchError.otherTypes(
                row: rowCount + 1,
                swiftTypes: names,
                found: found,
                expected: expected
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

    private func commonCount(_ counts: [Int]) throws(BatchError) -> Int {
        guard Set(counts).count <= 1 else {
            throw .unevenColumns(names: columns.map(\.name), counts: counts)
        }
        return counts.first ?? 0
    }

    /// The signature, no flags, no extension.
    static let header: [UInt8] =
        Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0] + [UInt8](repeating: 0, count: 8)
}
