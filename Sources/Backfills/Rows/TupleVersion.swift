import Postgres

/// Where a version of a row lies and which transaction made it. Every UPDATE of the row changes it.
///
/// `xmin` alone is not enough: all rows of one bulk load share it. `ctid` alone is not either: the place of a removed
/// version is used again. And both together are not where the whole table is written anew in between, as `VACUUM FULL`
/// does: rows then move up to the places of others of the same load, so the table's file counts as well.
struct TupleVersion: Hashable, Sendable {
    private let block: UInt32
    private let offset: UInt16
    private let transaction: UInt32
    private let file: UInt32

    /// The columns that it is read from.
    static let columnCount = 3

    /// Reads binary columns: `ctid`, `xmin` and the number of the table's file.
    init(_ row: Row, at column: Int) throws {
        let (place, transaction, file) = try row.decode(
            from: column,
            [UInt8].self,
            [UInt8].self,
            [UInt8].self
        )
        guard place.count == 6, transaction.count == 4, file.count == 4 else {
            throw PostgresError.invalidArgument("the server's ctid, xmin or file number has an unknown form")
        }
        func integer(_ bytes: some Sequence<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
        block = integer(place.prefix(4))
        offset = UInt16(truncatingIfNeeded: integer(place.suffix(2)))
        (self.transaction, self.file) = (integer(transaction), integer(file))
    }

    /// The place as the server writes a `tid`.
    var place: String { "(\(block),\(offset))" }
}
