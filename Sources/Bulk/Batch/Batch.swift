public import Postgres

/// Rows on their way to the server, kept column by column in the form that the server reads.
///
/// Each column grows as one PostgreSQL array in the binary format, so a batch of any number of rows is a
/// handful of parameters (never near the limit of 65,535) and no value is boxed. The types of the first row
/// are those of the batch; append literals with their type (`Int64(1)`), optionals where a column may be
/// NULL.
///
/// ```swift
/// var batch = Batch()
/// try batch.append(Int64(3_040_051), "les Escaldes", nil as Int32?)
/// ```
public struct Batch: Sendable {
    /// The number of rows.
    public internal(set) var count = 0
    @usableFromInline var columns: [ArrayColumn] = []

    /// Makes an empty batch; its column types are those of the first row.
    public init() {}

    /// Whether no row was appended yet.
    public var isEmpty: Bool { count == 0 }

    /// The types of the values on the wire, in order; nothing before the first row.
    public var columnTypes: [PostgresType] { columns.map(\.elementType) }

    /// The size of the encoded rows in bytes.
    @inlinable public var byteCount: Int {
        var bytes = 0
        for position in columns.indices { bytes &+= columns[position].byteCount }
        return bytes
    }

    /// Adds a row. The row is appended whole or, when it throws, not at all.
    ///
    /// - Throws: ``BatchError`` when the row has other types or another number of values than the first one.
    @inlinable
    public mutating func append<each Value: PostgresEncodable>(
        _ values: repeat each Value
    ) throws(BatchError) {
        var position = 0
        for type in repeat (each Value).self {
            if !fits(type, at: position) { throw misfit(repeat (each Value).self) }
            position &+= 1
        }
        if position != columns.count {
            guard columns.isEmpty else { throw misfit(repeat (each Value).self) }
            try begin(repeat (each Value).self)
        }
        position = 0
        for value in repeat each values {
            columns[position].append(value)
            position &+= 1
        }
        finishRow()
    }

    /// Takes all rows out; the memory stays for the next ones, and so do the column types.
    public mutating func removeAll() {
        for position in columns.indices { columns[position].removeAll() }
        count = 0
    }

    /// Makes the batch as small as its rows are, when no more are to follow soon. It is sent without another copy then.
    package mutating func seal() {
        for position in columns.indices { columns[position].seal(count: count) }
    }

    /// Some of the rows as a batch of their own, for instance one half of a batch that failed.
    public func rows(_ range: Range<Int>) -> Batch {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "the batch has only \(count) rows")
        var part = Batch()
        part.columns = columns.map { $0.elements(range) }
        part.count = range.count
        return part
    }

    /// Whether there are arrays among the values, which have no array of their own.
    var holdsArrays: Bool { columns.contains { $0.isNested } }

    /// The column at a position as one array parameter.
    func parameter(_ column: Int) -> Parameter {
        precondition(!columns[column].isNested, "the server knows no arrays of arrays")
        return columns[column].parameter(count: count)
    }

    @inlinable @inline(__always)
    func fits<Value: PostgresEncodable>(_: Value.Type, at position: Int) -> Bool {
        position >= columns.count || columns[position].elementType == Value.elementType
    }

    @usableFromInline mutating func finishRow() {
        count += 1
    }

    @usableFromInline
    mutating func begin<each Value: PostgresEncodable>(
        _ types: repeat (each Value).Type
    ) throws(BatchError) {
        var columns: [ArrayColumn] = []
        for type in repeat each types {
            guard let column = ArrayColumn(elementType: type.elementType) else {
                throw .noArrayType(swiftType: "\(type)", column: columns.count + 1)
            }
            columns.append(column)
        }
        self.columns = columns
    }

    @usableFromInline
    func misfit<each Value: PostgresEncodable>(_ types: repeat (each Value).Type) -> BatchError {
        var (swift, wire): ([String], [PostgresType]) = ([], [])
        for type in repeat each types {
            swift.append("\(type)")
            wire.append(type.elementType)
        }
        return .otherTypes(row: count + 1, swiftTypes: swift, found: wire, expected: columnTypes)
    }
}

extension PostgresEncodable {
    /// The type of this value as an element of an array. What travels as text is read from text on the
    /// server, by the cast to the column's type.
    @inlinable @inline(__always)
    static var elementType: PostgresType {
        let type = postgresType
        return type == .unknown || format == .text ? .text : type
    }
}
