/// Takes the messages of `COPY … TO STDOUT (FORMAT binary)` apart (manual, COPY, "Binary Format").
///
/// The server sends every row as one message, with the file's header before the first and its trailer behind the last.
/// The format says nothing of types, so they must be known from elsewhere.
struct BinaryCopyReader {
    private let columns: [ResultSet.Column]
    private var row = 0
    private var isBehindHeader = false

    init(columns: [ResultSet.Column]) {
        self.columns = columns
    }

    /// The signature, the flags and the length of the extension.
    private static let headerSize = 11 + 4 + 4
    private static let trailer: Int16 = -1

    /// The fields of the row in a message; `nil` for a message that holds none.
    mutating func row(in message: UnsafeRawBufferPointer) throws(PostgresError) -> Fields? {
        var position = 0
        if !isBehindHeader {
            guard message.count >= Self.headerSize else { throw malformed() }
            position = Self.headerSize + Int(Self.integer(Int32.self, message, at: Self.headerSize - 4))
            isBehindHeader = true
        }
        guard position < message.count else { return nil }
        guard position + 2 <= message.count else { throw malformed() }
        let count = Self.integer(Int16.self, message, at: position)
        if count == Self.trailer { return nil }
        guard Int(count) == columns.count else { throw malformed() }
        defer { row += 1 }
        return Fields(message: message, columns: columns, row: row, position: position + 2)
    }

    private func malformed() -> PostgresError {
        .invalidArgument(
            "the data of row \(row + 1) is not that of a binary COPY of \(columns.count) columns"
        )
    }

    fileprivate static func integer<Integer: FixedWidthInteger>(
        _: Integer.Type,
        _ bytes: UnsafeRawBufferPointer,
        at position: Int
    ) -> Integer {
        Integer(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: Integer.self))
    }
}

extension BinaryCopyReader {
    /// The fields of one row, each behind its length.
    struct Fields {
        fileprivate let message: UnsafeRawBufferPointer
        fileprivate let columns: [ResultSet.Column]
        fileprivate let row: Int
        fileprivate var position: Int
        fileprivate var column = 0

        /// Decodes the next field.
        mutating func next<Value: PostgresDecodable>(_: Value.Type) throws(DecodingFailure) -> Value {
            guard column < columns.count else {
                throw failure(Value.self, "number \(column + 1)", "only \(columns.count) columns")
            }
            let place = DecodingFailure.Place(column: columns[column].name, row: row)
            guard let length = length() else {
                throw failure(Value.self, columns[column].name, "data that was cut off")
            }
            defer {
                position += max(length, 0)
                column += 1
            }
            let bytes =
                length < 0 ? nil : UnsafeRawBufferPointer(rebasing: message[position..<position + length])
            return try Value.decode(
                Cell(
                    bytes: bytes,
                    type: columns[column].type,
                    format: .binary,
                    place: place,
                    wireType: columns[column].wireType
                )
            )
        }

        /// The length of the next field, negative for NULL, when all of it is here.
        private mutating func length() -> Int? {
            guard position + 4 <= message.count else { return nil }
            let length = Int(BinaryCopyReader.integer(Int32.self, message, at: position))
            position += 4
            return position + max(length, 0) <= message.count ? length : nil
        }

        private func failure<Value>(_: Value.Type, _ column: String, _ found: String) -> DecodingFailure {
            DecodingFailure(place: .init(column: column, row: row), wanted: "\(Value.self)", found: found)
        }
    }
}
