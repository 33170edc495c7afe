import CLibPQ

/// The rows of one statement, held in libpq's memory until the last user lets go of them.
///
/// `@unchecked Sendable`: libpq never changes a `PGresult` after handing it over and the accessors used here only read
/// it (manual, 34.20 "Behavior in Threaded Programs": results "can be passed around freely between threads"), so
/// nobody needs to serialise; it is freed once, when the last reference goes.
public final class ResultSet: @unchecked Sendable {
    let handle: OpaquePointer
    /// Unchecked, because it is only set before anybody else has the result, and asked for with each field.
    @exclusivity(unchecked) private(set) var columns: [Column]

    /// The name, type and format of a column.
    public struct Column: Sendable {
        /// The name in the result.
        public let name: String
        /// The server's type.
        public let type: PostgresType
        /// How its fields are represented.
        public let format: Format
        /// For a type that was made in this database, the built-in type whose bytes its fields or, in an array, its
        /// elements have in the binary format: `text` for enums and `citext`. Unknown where it was not looked up.
        var wireType = PostgresType.unknown
    }

    init(_ handle: OpaquePointer) {
        self.handle = handle
        columns = (0..<PQnfields(handle)).map { index in
            Column(
                name: String(cString: PQfname(handle, index)),
                type: PostgresType(rawValue: PQftype(handle, index)),
                format: Format(rawValue: PQfformat(handle, index)) ?? .text
            )
        }
    }

    deinit { PQclear(handle) }

    /// Notes what types are made of, before anybody else has the result.
    func note(_ wireTypes: [PostgresType: PostgresType]) {
        for position in columns.indices {
            columns[position].wireType = wireTypes[columns[position].type] ?? .unknown
        }
    }

    /// The names of the columns in order.
    public var columnNames: [String] { columns.map(\.name) }

    /// The types of the columns in order.
    public var columnTypes: [PostgresType] { columns.map(\.type) }

    /// The number of rows that the statement changed or returned.
    package var affectedRows: Int {
        Int(String(cString: PQcmdTuples(handle))) ?? 0
    }

    /// The memory that it takes, in bytes.
    package var memorySize: Int { PQresultMemorySize(handle) }

    /// The server's word for what was done, for instance `INSERT 0 5` or `ROLLBACK`.
    package var commandTag: String { String(cString: PQcmdStatus(handle)) }

    /// A field; nil where there is no such column.
    @usableFromInline
    func cell(row: Int, column: Int) -> Cell? {
        guard columns.indices.contains(column) else { return nil }
        let description = columns[column]
        let (row32, column32) = (Int32(truncatingIfNeeded: row), Int32(truncatingIfNeeded: column))
        let isNull = PQgetisnull(handle, row32, column32) != 0
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(handle, row32, column32),
            count: Int(PQgetlength(handle, row32, column32))
        )
        return Cell(
            bytes: isNull ? nil : bytes,
            type: description.type,
            format: description.format,
            place: DecodingFailure.Place(column: description.name, row: row),
            wireType: description.wireType
        )
    }
}

extension ResultSet: RandomAccessCollection {
    /// The first row's position.
    public var startIndex: Int { 0 }
    /// The number of rows.
    public var endIndex: Int { Int(PQntuples(handle)) }
    /// The row at a position.
    public subscript(position: Int) -> Row { Row(result: self, index: position) }
}
