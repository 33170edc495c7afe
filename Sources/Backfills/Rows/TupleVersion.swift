import Postgres

/// Where a version of a row lies and which transaction made it. Every UPDATE of the row changes it.
///
/// `xmin` alone is not enough: all rows of one bulk load share it. `ctid` alone is not either: the place of a removed
/// version is used again.
struct TupleVersion: Hashable, Sendable {
    private let block: UInt32
    private let offset: UInt16
    private let transaction: UInt32

    /// Reads two binary columns, `ctid` and `xmin`.
    init(_ row: Row, at column: Int) throws {
        let (place, transaction) = try row.decode(from: column, [UInt8].self, [UInt8].self)
        guard place.count == 6, transaction.count == 4 else {
            throw PostgresError.invalidArgument("the server's ctid or xmin has an unknown form")
        }
        func integer(_ bytes: some Sequence<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
        block = integer(place.prefix(4))
        offset = UInt16(truncatingIfNeeded: integer(place.suffix(2)))
        self.transaction = integer(transaction)
    }

    /// The place as the server writes a `tid`.
    var place: String { "(\(block),\(offset))" }
}
