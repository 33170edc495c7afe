import Bulk
import Postgres

/// The work of a row backfill, prepared for one database: what to read, what to do with it, where to write it.
struct RowWork: Sendable {
    let name: String
    let backfill: any RowBackfill
    let statements: RowStatements
    let writer: SinkWriter

    var key: KeyColumns { statements.key }
    private var columnCount: Int { statements.columns.count }

    init(
        _ backfill: any RowBackfill,
        definition: Backfill,
        source: SourceTable,
        key: KeyColumns? = nil,
        on connection: Connection
    ) throws {
        let key = key ?? source.key
        guard key.uniqueness == .unique else {
            throw BackfillError.keyNotUnique(
                backfill: definition.name,
                table: source.table,
                columns: key.names
            )
        }
        for column in backfill.source.columns where !source.columns.contains(column) {
            throw BackfillError.columnMissing(
                backfill: definition.name,
                table: source.table,
                column: column,
                nearest: NearestNames.of(column, in: source.columns)
            )
        }
        name = definition.name
        self.backfill = backfill
        let types = try connection.rows(RowStatements.types(of: backfill.source.columns, in: source.table))
            .columnTypes
        statements = RowStatements(
            key: key,
            columns: zip(backfill.source.columns, types).map { name, type in
                type.isReadInBinary
                    ? "\(identifier: name)" : "\(identifier: name)::text AS \(identifier: name)"
            },
            condition: definition.condition
        )
        let writer = try SinkWriter(backfill.sink, on: connection)
        // The chunk has locked these rows already, in the same order.
        let isSameRows =
            writer.table.name == key.table && backfill.sink.updatedKey.map(Set.init) == Set(key.names)
        self.writer = isSameRows ? writer.holdingLocks() : writer
    }

    /// The key of a row that was read.
    func key(of row: Row) throws -> Key {
        let first = columnCount + TupleVersion.columnCount
        return Key(try key.columns.indices.map { try row.value(String.self, at: first + $0) })
    }

    /// The version of a row that was read.
    func version(of row: Row) throws -> TupleVersion {
        try TupleVersion(row, at: columnCount)
    }

    /// Lets the author's code see rows, one after the other.
    func transform(_ rows: some Sequence<Row>) throws -> Batch {
        var output = Output()
        for row in rows {
            do {
                try backfill.transform(row, into: &output)
            } catch {
                throw BackfillError.rowFailed(
                    backfill: name,
                    key: try key(of: row).description,
                    reason: "\(error)"
                )
            }
        }
        return output.batch
    }
}

extension PostgresType {
    /// Whether a Swift type of this library reads the type's binary form.
    fileprivate var isReadInBinary: Bool {
        switch self {
        case .bool, .int2, .int4, .int8, .oid, .float4, .float8, .bytea, .uuid, .jsonb, .timestamptz: true
        default: isTextual
        }
    }
}
