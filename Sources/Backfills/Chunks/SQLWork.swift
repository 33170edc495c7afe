import Postgres
import SQLSyntax

/// The work of a SQL backfill: one statement over the relation `chunk`.
struct SQLWork: ChunkWork {
    let name: String
    let key: KeyColumns
    let condition: SQLText?
    let statement: SQLText
    let shape: StatementShape
    /// The table that the statement writes to, resolved in the database.
    let target: Identifier
    var limit: Int

    private var changesWalkedTable: Bool { target == key.table && shape.verb != .insert }

    /// Reads the statement.
    ///
    /// - Throws: ``BackfillError/unusableStatement(backfill:place:reason:)``.
    init(_ backfill: Backfill, statement: SQLText, source: SourceTable, limit: Int, on connection: Connection) throws {
        name = backfill.name
        key = source.key
        condition = backfill.condition
        self.statement = statement
        self.limit = limit
        do {
            shape = try StatementShape(statement.text)
        } catch {
            let place = error.location.map { statement.place(line: $0.line, column: $0.column) } ?? statement.place
            throw BackfillError.unusableStatement(backfill: backfill.name, place: place, reason: error.message)
        }
        guard shape.mentions("chunk") else {
            throw BackfillError.unusableStatement(
                backfill: backfill.name, place: statement.place,
                reason: "the statement does not speak of the relation chunk, which holds the keys of the current chunk; "
                    + "join it, for instance: FROM chunk WHERE \(key.table.name).\(key.names[0]) = chunk.\(key.names[0])"
            )
        }
        target = try Self.resolve(Identifier(parts: shape.target.parts), on: connection)
    }

    private static func resolve(_ name: Identifier, on connection: Connection) throws -> Identifier {
        let found = try connection.queryOptional(
            CatalogStatements.table(name), as: Int64.self, String.self, String.self
        )
        return found.map { Identifier($0.1, $0.2) } ?? name
    }

    func bound(of range: ClaimedRange, on connection: Connection) throws -> ChunkBound? {
        let statement =
            key.uniqueness == .unique
            ? ChunkStatements.bound(key, range.rest, limit: limit)
            : ChunkStatements.boundWithRepeats(key, range.rest, limit: limit)
        let found = try connection.queryOptional(statement, as: Int.self, TextArray.self)
        guard let (scanned, texts) = found, let last = Key(texts) else { return nil }
        let end: ChunkEnd = scanned < limit || last == range.upper ? .rangeDone : .inside
        let through = end == .rangeDone ? range.upper : last
        return ChunkBound(interval: KeyInterval(after: range.cursor, through: through), scanned: scanned, end: end)
    }

    func write(_ bound: ChunkBound, on connection: Connection) throws -> ChunkCounts {
        var counts = ChunkCounts(scanned: bound.scanned)
        counts.matched = try lock(bound, on: connection)
        // Nothing to do is common behind a condition that few rows fulfil.
        guard counts.matched > 0 else { return counts }
        let composed = compose(bound.interval, returning: nil)
        counts.changed = try reportingPlace(of: composed) { try connection.execute(composed.sql) }
        return counts
    }

    func rehearse(_ bound: ChunkBound, on connection: Connection) throws -> Rehearsal {
        let matched = try lock(bound, on: connection)
        let composed = compose(bound.interval, returning: "to_jsonb(\(identifier: shape.target.reference))")
        let rows = try reportingPlace(of: composed) { try connection.query(composed.sql, as: String.self) }
        let counts = ChunkCounts(scanned: bound.scanned, matched: matched, changed: rows.count)
        return Rehearsal(counts: counts, target: target, rows: rows, isRemoval: shape.verb == .delete)
    }

    private func lock(_ bound: ChunkBound, on connection: Connection) throws -> Int {
        let strength: LockStrength = changesWalkedTable && shape.verb == .delete ? .update : .noKeyUpdate
        let statement = ChunkStatements.lock(key, bound.interval, where: condition, strength: strength)
        do {
            return try connection.queryOne(statement, as: Int.self)
        } catch PostgresError.server(let error) where Self.isAuthors(error) {
            throw BackfillError.statementFailed(
                backfill: name, place: condition?.place ?? self.statement.place, error: error)
        }
    }

    /// The statement with the relation `chunk` before it and, where it changes the walked table, with the interval in
    /// its own WHERE. PostgreSQL carries equalities over a join but not inequalities: with `city.id = chunk.id` alone,
    /// 20,000 keys flipped to a hash join over the whole table, at a fifth of the speed.
    func compose(_ interval: KeyInterval, returning: SQL?) -> ComposedStatement {
        var composed = ComposedStatement(source: statement)
        let chunk = ChunkStatements.chunk(key, interval, where: condition)
        var position = 0
        if let with = shape.with {
            composed.append(authored: 0..<with.listStart)
            composed.append(chunk + ",\n")
            position = with.listStart
        } else {
            composed.append("WITH " + chunk + "\n")
        }
        let end = shape.returning.map(\.lowerBound) ?? shape.end
        if changesWalkedTable {
            restrict(&composed, from: position, to: end, interval)
        } else {
            composed.append(authored: position..<end)
        }
        if let returning { composed.append("\nRETURNING " + returning) }
        return composed
    }

    private func restrict(
        _ composed: inout ComposedStatement, from position: Int, to end: Int, _ interval: KeyInterval
    ) {
        let restriction = key.interval(interval, of: Identifier(shape.target.reference))
        guard let condition = shape.condition else {
            composed.append(authored: position..<shape.conditionInsertion)
            composed.append("\nWHERE " + restriction + "\n")
            composed.append(authored: shape.conditionInsertion..<end)
            return
        }
        composed.append(authored: position..<condition.keyword.upperBound)
        composed.append(" (")
        composed.append(authored: condition.expression)
        composed.append("\n) AND " + restriction + "\n")
        composed.append(authored: condition.expression.upperBound..<end)
    }

    private func reportingPlace<Value>(
        of composed: ComposedStatement, _ body: () throws -> Value
    ) throws -> Value {
        do {
            return try body()
        } catch PostgresError.server(let error) where Self.isAuthors(error) {
            throw BackfillError.statementFailed(
                backfill: name, place: composed.place(ofPosition: error.position), error: error
            )
        }
    }

    /// Whether an error is about what the author wrote, rather than about the moment or the connection.
    private static func isAuthors(_ error: ServerError) -> Bool {
        let wrapped = PostgresError.server(error)
        return !wrapped.isTransient && !wrapped.isConnectionLost && error.sqlState != .queryCanceled
    }
}
