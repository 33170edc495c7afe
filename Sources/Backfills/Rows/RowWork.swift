import Bulk
import Postgres

/// The work of a row backfill, prepared for one database: what to read, what to do with it, where to write it.
struct RowWork: Sendable {
    let name: String
    let backfill: any RowBackfill
    let statements: RowStatements
    let writer: SinkWriter
    /// How many rows a page of the table holds.
    let rowsPerPage: Int
    /// Given, no further row is transformed.
    private let stop: StopSignal

    var key: KeyColumns { statements.key }
    private var columnCount: Int { statements.columns.count }
    /// Where in a row the columns of the key are.
    private let keyPositions: [Int]

    init(
        _ backfill: any RowBackfill,
        definition: Backfill,
        source: SourceTable,
        key: KeyColumns? = nil,
        stop: StopSignal = StopSignal(),
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
        self.stop = stop
        rowsPerPage = source.rowsPerPage
        let types = try connection.rows(RowStatements.types(of: backfill.source.columns, in: source.table))
            .columnTypes
        let (positions, added) = Self.positions(of: key, besides: backfill.source.columns)
        keyPositions = positions
        statements = RowStatements(
            key: key,
            columns: zip(backfill.source.columns, types).map { name, type in
                type.isReadInBinary
                    ? "\(identifier: name)" : "\(identifier: name)::pg_catalog.text AS \(identifier: name)"
            },
            condition: definition.condition,
            addedKeys: added
        )
        let writer = try SinkWriter(backfill.sink, on: connection)
        // The chunk has locked these rows already, in the same order.
        let isSameRows =
            writer.table.name == key.table && backfill.sink.updatedKey.map(Set.init) == Set(key.names)
        self.writer = isSameRows ? writer.holdingLocks() : writer
    }

    /// Where the columns of the key are in a row, and which of them are to be read besides the author's columns.
    private static func positions(
        of key: KeyColumns,
        besides columns: [String]
    ) -> (positions: [Int], added: [KeyColumns.Column]) {
        var added: [KeyColumns.Column] = []
        let positions = key.columns.map { column in
            if column.isInteger, let position = columns.firstIndex(of: column.name) { return position }
            added.append(column)
            return columns.count + TupleVersion.columnCount + added.count - 1
        }
        return (positions, added)
    }

    /// The key of a row that was read.
    func key(of row: Row) throws -> Key {
        Key(
            try zip(key.columns, keyPositions).map { column, position in
                column.isInteger
                    ? String(try row.value(Int64.self, at: position))
                    : try row.value(String.self, at: position)
            }
        )
    }

    /// The number of the file that the table has, to be asked in a transaction that has read from it.
    func file(on connection: Connection) throws -> Int64 {
        try connection.queryOne(statements.file, as: Int64.self)
    }

    /// The version of a row that was read.
    func version(of row: Row) throws -> TupleVersion {
        try TupleVersion(row, at: columnCount)
    }

    /// What the author's code made of rows.
    struct Transformed {
        var output = Output()
        /// How many rows it saw.
        var count = 0
    }

    /// Lets the author's code see rows, one after the other, as long as there is time. Between two rows it is asked whether
    /// anybody still wants them: a stop does not wait for the end of a batch.
    ///
    /// - Throws: ``TransformStopped``, `CancellationError`; `BackfillError.rowFailed` with what the author's code threw.
    func transform(
        _ rows: some Sequence<Row>,
        within budget: TransformBudget = .unlimited
    ) throws -> Transformed {
        let start = ContinuousClock.now
        var done = Transformed()
        for row in rows {
            if done.count > 0, (ContinuousClock.now - start).seconds > budget.seconds { break }
            try Task.checkCancellation()
            if stop.isRequested || !budget.isWanted() { throw TransformStopped() }
            try transform(row, into: &done.output)
            done.count += 1
        }
        return done
    }

    private func transform(_ row: Row, into output: inout Output) throws {
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
