/// One row of a result.
public struct Row: Sendable {
    @usableFromInline let result: ResultSet
    @usableFromInline let index: Int

    /// The number of columns.
    public var count: Int { result.columns.count }

    // Inlinable, so that the types of the caller's row are known where they are decoded: as generic functions of this module
    // they looked up the metadata of each tuple anew, a fifth of the client's time in a row backfill.

    /// Decodes the first columns in order: `let (id, name) = try row.decode(Int64.self, String.self)`.
    ///
    /// - Throws: ``DecodingFailure`` that names the column.
    @inlinable
    @inline(__always)
    public func decode<each Value: PostgresDecodable>(
        _ types: repeat (each Value).Type
    ) throws(DecodingFailure) -> (repeat each Value) {
        try decode(from: 0, repeat each types)
    }

    /// Decodes columns in order, beginning with the column at `first`.
    @inlinable
    @inline(__always)
    public func decode<each Value: PostgresDecodable>(
        from first: Int,
        _ types: repeat (each Value).Type
    ) throws(DecodingFailure) -> (repeat each Value) {
        var column = first
        return (repeat try value(each types, at: Self.taken(&column)))
    }

    @inlinable
    static func taken(_ column: inout Int) -> Int {
        defer { column += 1 }
        return column
    }

    /// Decodes the column at a position.
    @inlinable
    @inline(__always)
    public func value<Value: PostgresDecodable>(
        _ type: Value.Type = Value.self,
        at column: Int
    ) throws(DecodingFailure) -> Value {
        guard let cell = result.cell(row: index, column: column) else {
            throw missing(column, wanted: "\(Value.self)")
        }
        return try Value.decode(cell)
    }

    @usableFromInline
    func missing(_ column: Int, wanted: String) -> DecodingFailure {
        DecodingFailure(
            place: .init(column: "number \(column + 1)", row: index),
            wanted: wanted,
            found: "only \(result.columns.count) columns"
        )
    }

    /// Decodes the column of a name.
    public func value<Value: PostgresDecodable>(
        _ type: Value.Type = Value.self,
        named name: String
    ) throws(DecodingFailure) -> Value {
        guard let column = result.columns.firstIndex(where: { $0.name == name }) else {
            throw DecodingFailure(
                place: .init(column: name, row: index),
                wanted: "\(Value.self)",
                found: "only the columns \(result.columnNames.joined(separator: ", "))"
            )
        }
        return try value(type, at: column)
    }
}
