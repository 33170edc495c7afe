import CLibPQ

/// The rows of one statement, held in libpq's memory until the last user lets go of them.
///
/// `@unchecked Sendable`: libpq never changes a `PGresult` after handing it over and the accessors used here only read
/// it (manual, 34.20 "Behavior in Threaded Programs": results "can be passed around freely between threads"), so
/// nobody needs to serialise; it is freed once, when the last reference goes.
public final class ResultSet: @unchecked Sendable {
    let handle: OpaquePointer
    let columns: [Column]

    /// The name, type and format of a column.
    public struct Column: Sendable {
        /// The name in the result.
        public let name: String
        /// The server's type.
        public let type: PostgresType
        /// How its fields are represented.
        public let format: Format
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

    /// The names of the columns in order.
    public var columnNames: [String] { columns.map(\.name) }

    /// The types of the columns in order.
    public var columnTypes: [PostgresType] { columns.map(\.type) }

    /// The number of rows that the statement changed or returned.
    var affectedRows: Int {
        Int(String(cString: PQcmdTuples(handle))) ?? 0
    }

    /// The server's word for what was done, for instance `INSERT 0 5` or `ROLLBACK`.
    var commandTag: String { String(cString: PQcmdStatus(handle)) }

    @inline(__always)
    func cell(row: Int, column: Int) -> Cell {
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
            place: DecodingFailure.Place(column: description.name, row: row)
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
