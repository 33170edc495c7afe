/// One row of a result.
public struct Row: Sendable {
    let result: ResultSet
    let index: Int

    /// The number of columns.
    public var count: Int { result.columns.count }

    /// Decodes the first columns in order: `let (id, name) = try row.decode(Int64.self, String.self)`.
    ///
    /// - Throws: ``DecodingFailure`` that names the column.
    @inline(__always)
    public func decode<each Value: PostgresDecodable>(
        _ types: repeat (each Value).Type
    ) throws(DecodingFailure) -> (repeat each Value) {
        try decode(from: 0, repeat each types)
    }

    /// Decodes columns in order, beginning with the column at `first`.
    @inline(__always)
    public func decode<each Value: PostgresDecodable>(
        from first: Int,
        _ types: repeat (each Value).Type
    ) throws(DecodingFailure) -> (repeat each Value) {
        var column = first
        func next<T: PostgresDecodable>(_ type: T.Type) throws(DecodingFailure) -> T {
            defer { column += 1 }
            return try self.value(type, at: column)
        }
        return (repeat try next(each types))
    }

    /// Decodes the column at a position.
    public func value<Value: PostgresDecodable>(
        _ type: Value.Type = Value.self,
        at column: Int
    ) throws(DecodingFailure) -> Value {
        guard column < result.columns.count else {
            throw DecodingFailure(
                place: .init(column: "number \(column + 1)", row: index),
                wanted: "\(Value.self)",
                found: "only \(result.columns.count) columns"
            )
        }
        return try Value.decode(result.cell(row: index, column: column))
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
