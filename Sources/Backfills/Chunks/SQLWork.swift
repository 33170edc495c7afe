import Bulk
import Postgres
import SQLSyntax

/// The work of a SQL backfill: one statement over the relation `chunk`.
struct SQLWork: SuspectWork {
    let name: String
    let key: KeyColumns
    /// How many rows a page of the table holds, as far as is known.
    let rowsPerPage: Int
    let condition: SQLText?
    let statement: SQLText
    let shape: StatementShape
    /// The table that the statement writes to, resolved in the database.
    let target: Identifier
    /// Whether that is the walked table.
    let changesWalkedTable: Bool
    var limit: Int
    /// How its chunks are written. Locking first is always right.
    var path = ChunkPath.twoSteps(reason: "nothing else was proven yet")

    /// Reads the statement.
    ///
    /// - Parameter key: the walk of one plain table; `nil` for the table as a whole.
    /// - Throws: ``BackfillError/unusableStatement(backfill:place:reason:)``.
    init(
        _ backfill: Backfill,
        statement: SQLText,
        source: SourceTable,
        key: KeyColumns? = nil,
        limit: Int,
        on connection: Connection
    ) throws {
        name = backfill.name
        self.key = key ?? source.key
        rowsPerPage = max(1, source.estimatedRows == 0 ? 50 : source.estimatedRows / max(1, source.pages))
        condition = backfill.condition
        self.statement = statement
        self.limit = limit
        do {
            shape = try StatementShape(statement.text)
        } catch {
            let place =
                error.location.map { statement.place(line: $0.line, column: $0.column) } ?? statement.place
            throw BackfillError.unusableStatement(
                backfill: backfill.name,
                place: place,
                reason: error.message
            )
        }
        guard shape.mentions("chunk") else {
            throw BackfillError.unusableStatement(
                backfill: backfill.name,
                place: statement.place,
                reason:
                    "the statement does not speak of the relation chunk, which holds the keys of the current chunk; "
                    + "join it, for instance: FROM chunk WHERE \(source.table.name).\(source.key.names[0]) = "
                    + "chunk.\(source.key.names[0])"
            )
        }
        target = try Self.resolve(Identifier(parts: shape.target.parts), on: connection)
        changesWalkedTable = target == source.table && shape.verb != .insert
    }

    private static func resolve(_ name: Identifier, on connection: Connection) throws -> Identifier {
        try TableFacts(connection: connection).table(name)?.table ?? name
    }

    func bound(of range: ClaimedRange, on connection: Connection) throws -> ChunkBound? {
        let bound =
            key.order.isByPlace
            ? try PlaceWindow(key: key, rowsPerPage: rowsPerPage, limit: limit).bound(
                of: range,
                on: connection
            )
            : try keyBound(of: range, on: connection)
        // Reading has locked the table against being detached, so what is true now stays true for the transaction.
        return try key.isStillPart(on: connection) ? bound : nil
    }

    private func keyBound(of range: ClaimedRange, on connection: Connection) throws -> ChunkBound? {
        guard let (scanned, last) = try nextKeys(range.rest, on: connection) else { return nil }
        let end: ChunkEnd = scanned < limit || last == range.upper ? .rangeDone : .inside
        let through = end == .rangeDone ? range.upper : last
        return ChunkBound(
            interval: KeyInterval(after: range.cursor, through: through),
            scanned: scanned,
            end: end
        )
    }

    /// How many keys the chunk has, and the last of them.
    private func nextKeys(_ rest: KeyInterval, on connection: Connection) throws -> (Int, Key)? {
        guard key.uniqueness == .unique else {
            return try counted(ChunkStatements.boundWithRepeats(key, rest, limit: limit), on: connection)
        }
        let full = ChunkStatements.lastOfNext(key, rest, count: limit)
        if let texts = try connection.queryOptional(full, as: TextArray.self), let last = Key(texts) {
            return (limit, last)
        }
        return try counted(ChunkStatements.bound(key, rest, limit: limit), on: connection)
    }

    private func counted(_ statement: SQL, on connection: Connection) throws -> (Int, Key)? {
        let found = try connection.queryOptional(statement, as: Int.self, TextArray.self)
        guard let (count, texts) = found, let last = Key(texts) else { return nil }
        return (count, last)
    }

    func write(_ bound: ChunkBound, on connection: Connection) throws -> ChunkCounts {
        var counts = ChunkCounts(scanned: bound.scanned)
        guard !key.order.isByPlace else { return try writeByPlace(bound, counts, on: connection) }
        counts.matched = try lock(bound, on: connection)
        // Nothing to do is common behind a condition that few rows fulfil.
        guard counts.matched > 0 else { return counts }
        let composed = compose(.interval(bound.interval))
        counts.changed = try reportingPlace(of: composed) { try connection.execute(composed.sql) }
        return counts
    }

    func rehearse(_ bound: ChunkBound, on connection: Connection) throws -> Rehearsal {
        let selection = try locked(bound, on: connection)
        let primaryKey = try connection.query(CatalogStatements.primaryKey(of: target), as: String.self)
        let composed = composeRehearsal(selection.rows, primaryKey: primaryKey)
        let changes = try reportingPlace(of: composed) {
            try connection.query(composed.sql, as: String?.self, String?.self)
        }
        return Rehearsal(
            counts: ChunkCounts(scanned: bound.scanned, matched: selection.count, changed: changes.count),
            target: target,
            changes: changes.map { RowChange(before: $0.0, after: $0.1) }
        )
    }

    /// Locks the rows of a chunk, and tells which they are.
    private func locked(
        _ bound: ChunkBound,
        on connection: Connection
    ) throws -> (rows: ChunkSelection, count: Int) {
        guard key.order.isByPlace else {
            return (.interval(bound.interval), try lock(bound, on: connection))
        }
        let places = try lockPlaces(bound, on: connection)
        return (.places(places), places.count)
    }

    /// Has the server parse the statement, so that a misspelt column is found before the first chunk.
    func checkStatement(on connection: Connection) throws {
        let anywhere = Key(key.columns.map { _ in "" })
        let selection: ChunkSelection =
            key.order.isByPlace ? .places([]) : .interval(KeyInterval(after: anywhere, through: anywhere))
        let composed = compose(selection)
        do {
            try reportingPlace(of: composed) { try connection.parse(composed.sql) }
        } catch BackfillError.statementFailed(let name, let place, let error) {
            throw BackfillError.statementRefused(backfill: name, place: place, error: error)
        }
    }

    private func lock(_ bound: ChunkBound, on connection: Connection) throws -> Int {
        try key.preferIndex(for: bound.interval, on: connection)
        let statement = ChunkStatements.lock(key, bound.interval, where: condition, strength: lockStrength)
        return try reportingCondition { try connection.queryOne(statement, as: Int.self) }
    }

    var lockStrength: LockStrength { changesWalkedTable && shape.verb == .delete ? .update : .noKeyUpdate }

    func reportingCondition<Value>(_ body: () throws -> Value) throws -> Value {
        try reporting(place: { _ in condition?.place ?? self.statement.place }, body)
    }

    func reportingPlace<Value>(
        of composed: ComposedStatement,
        _ body: () throws -> Value
    ) throws -> Value {
        try reporting(place: { composed.place(ofPosition: $0.position) }, body)
    }

    /// Adds the place in the author's file to an error about what the author wrote. Errors about the moment or the
    /// connection pass as they are: they are tried again.
    private func reporting<Value>(place: (ServerError) -> String, _ body: () throws -> Value) throws -> Value
    {
        do {
            return try body()
        } catch let error as PostgresError {
            guard case .server(let server) = error, !error.isTransient, !error.isConnectionLost,
                server.sqlState != .queryCanceled
            else { throw error }
            throw BackfillError.statementFailed(backfill: name, place: place(server), error: server)
        }
    }
}
