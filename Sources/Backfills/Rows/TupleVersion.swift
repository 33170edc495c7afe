import Postgres

/// Where a version of a row lies and which transaction made it. Every UPDATE of the row changes it.
///
/// `xmin` alone is not enough: all rows of one bulk load share it. `ctid` alone is not either: the place of a removed
/// version is used again. And both together are not where the whole table is written anew in between, as `VACUUM FULL`
/// does: rows then move up to the places of others of the same load. Versions are therefore compared only where the table
/// still has the file that they were read from, see ``RowStatements/file``.
struct TupleVersion: Hashable, Sendable {
    fileprivate let block: UInt32
    fileprivate let offset: UInt16
    fileprivate let transaction: UInt32

    /// The columns that it is read from.
    static let columnCount = 2

    /// Reads binary columns: `ctid` and `xmin`.
    init(_ row: Row, at column: Int) throws {
        let (place, transaction) = try row.decode(from: column, PlaceField.self, NumberField.self)
        (block, offset) = (place.block, place.offset)
        self.transaction = transaction.value
    }

    /// The place as the server writes a `tid`.
    var place: String { "(\(block),\(offset))" }
}

extension [TupleVersion] {
    /// The places of all, as `tid[]`.
    var places: Parameter {
        array(of: 27, arrayType: 1010, size: 6) { version, buffer in
            buffer.append(version.block)
            buffer.append(version.offset)
        }
    }

    /// The transactions of all, as `xid[]`.
    var transactions: Parameter {
        array(of: 28, arrayType: 1011, size: 4) { version, buffer in buffer.append(version.transaction) }
    }

    /// An array as `array_recv` reads it. As texts they took longer to make than the rows to be read.
    private func array(
        of element: UInt32,
        arrayType: UInt32,
        size: Int,
        _ write: (TupleVersion, inout WireBuffer) -> Void
    ) -> Parameter {
        var buffer = WireBuffer(capacity: 20 + count * (size + 4))
        let hasElements = !isEmpty
        buffer.append(Int32(hasElements ? 1 : 0))
        buffer.append(Int32(0))
        buffer.append(element)
        if hasElements {
            buffer.append(Int32(count))
            buffer.append(Int32(1))
        }
        for version in self {
            buffer.append(Int32(size))
            write(version, &buffer)
        }
        return Parameter(type: PostgresType(rawValue: arrayType), format: .binary, bytes: buffer.bytes)
    }
}

/// A `tid` as it is sent: the number of the block and that of the row in it.
private struct PlaceField: PostgresDecodable {
    let block: UInt32
    let offset: UInt16

    static func decode(_ cell: Cell) throws(DecodingFailure) -> PlaceField {
        let bytes = try cell.nonNull(PlaceField.self)
        guard cell.format == .binary, bytes.count == 6 else { throw cell.mismatch(PlaceField.self) }
        return PlaceField(
            block: UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)),
            offset: UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self))
        )
    }
}

/// An `xid` as it is sent.
private struct NumberField: PostgresDecodable {
    let value: UInt32

    static func decode(_ cell: Cell) throws(DecodingFailure) -> NumberField {
        let bytes = try cell.nonNull(NumberField.self)
        guard cell.format == .binary, bytes.count == 4 else { throw cell.mismatch(NumberField.self) }
        return NumberField(value: UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
    }
}
