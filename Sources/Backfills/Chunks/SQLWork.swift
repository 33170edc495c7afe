import Bulk
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
    init(
        _ backfill: Backfill,
        statement: SQLText,
        source: SourceTable,
        limit: Int,
        on connection: Connection
    ) throws {
        name = backfill.name
        key = source.key
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
                    + "join it, for instance: FROM chunk WHERE \(key.table.name).\(key.names[0]) = chunk.\(key.names[0])"
            )
        }
        target = try Self.resolve(Identifier(parts: shape.target.parts), on: connection)
    }

    private static func resolve(_ name: Identifier, on connection: Connection) throws -> Identifier {
        let found = try connection.queryOptional(
            CatalogStatements.table(name),
            as: Int64.self,
            String.self,
            String.self
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
        return ChunkBound(
            interval: KeyInterval(after: range.cursor, through: through),
            scanned: scanned,
            end: end
        )
    }

    func write(_ bound: ChunkBound, on connection: Connection) throws -> ChunkCounts {
        var counts = ChunkCounts(scanned: bound.scanned)
        counts.matched = try lock(bound, on: connection)
        // Nothing to do is common behind a condition that few rows fulfil.
        guard counts.matched > 0 else { return counts }
        let composed = compose(bound.interval)
        counts.changed = try reportingPlace(of: composed) { try connection.execute(composed.sql) }
        return counts
    }

    func rehearse(_ bound: ChunkBound, on connection: Connection) throws -> Rehearsal {
        let matched = try lock(bound, on: connection)
        let primaryKey = try connection.query(CatalogStatements.primaryKey(of: target), as: String.self)
        let composed = composeRehearsal(bound.interval, primaryKey: primaryKey)
        let changes = try reportingPlace(of: composed) {
            try connection.query(composed.sql, as: String?.self, String?.self)
        }
        return Rehearsal(
            counts: ChunkCounts(scanned: bound.scanned, matched: matched, changed: changes.count),
            target: target,
            changes: changes.map { RowChange(before: $0.0, after: $0.1) }
        )
    }

    /// Has the server parse the statement, so that a misspelt column is found before the first chunk.
    func checkStatement(on connection: Connection) throws {
        let anywhere = Key(key.columns.map { _ in "" })
        let composed = compose(KeyInterval(after: anywhere, through: anywhere))
        do {
            try reportingPlace(of: composed) { try connection.parse(composed.sql) }
        } catch BackfillError.statementFailed(let name, let place, let error) {
            throw BackfillError.statementRefused(backfill: name, place: place, error: error)
        }
    }

    private func lock(_ bound: ChunkBound, on connection: Connection) throws -> Int {
        let strength: LockStrength = changesWalkedTable && shape.verb == .delete ? .update : .noKeyUpdate
        let statement = ChunkStatements.lock(key, bound.interval, where: condition, strength: strength)
        return try reporting(place: { _ in condition?.place ?? self.statement.place }) {
            try connection.queryOne(statement, as: Int.self)
        }
    }

    /// The statement with the relation `chunk` before it and, where it changes the walked table, with the interval in
    /// its own WHERE. PostgreSQL carries equalities over a join but not inequalities: with `city.id = chunk.id` alone,
    /// 20,000 keys flipped to a hash join over the whole table, at a fifth of the speed.
    func compose(_ interval: KeyInterval) -> ComposedStatement {
        var composed = ComposedStatement(source: statement)
        appendTables(to: &composed, interval)
        appendMain(to: &composed, interval, upTo: shape.end)
        return composed
    }

    /// The statement as a CTE that returns what it wrote, beside the same rows as they were: all parts of one statement
    /// see the table as it was before it.
    func composeRehearsal(_ interval: KeyInterval, primaryKey: [String]) -> ComposedStatement {
        var composed = ComposedStatement(source: statement)
        let row = Identifier(shape.target.reference)
        let keys = primaryKey.enumerated().map {
            ", \(identifier: row).\(identifier: $1) AS key_\(unsafe: String($0))" as SQL
        }
        appendTables(to: &composed, interval)
        composed.append(shape.with == nil ? ",\n" : "\n, ")
        composed.append("written_ AS (\n")
        appendMain(to: &composed, interval, upTo: shape.returning?.lowerBound ?? shape.end)
        composed.append("\nRETURNING to_jsonb(\(identifier: row)) AS row_\(keys.joined(separator: ""))\n)\n")
        composed.append(rehearsalResult(primaryKey: primaryKey))
        return composed
    }

    private func rehearsalResult(primaryKey: [String]) -> SQL {
        if shape.verb == .delete {
            return "SELECT row_::text, NULL FROM written_ \(rehearsalOrder(primaryKey))"
        }
        let match = primaryKey.enumerated()
            .map { "before_.\(identifier: $1) = written_.key_\(unsafe: String($0))" as SQL }
        return """
            SELECT to_jsonb(before_)::text, written_.row_::text
            FROM written_
            LEFT JOIN \(identifier: target) AS before_ ON \(match.isEmpty ? "false" : match.joined(separator: " AND "))
            \(rehearsalOrder(primaryKey))
            """
    }

    private func rehearsalOrder(_ primaryKey: [String]) -> SQL {
        guard !primaryKey.isEmpty else { return "" }
        let keys = primaryKey.indices.map { "written_.key_\(unsafe: String($0))" as SQL }
        return "ORDER BY " + keys.joined(separator: ", ")
    }

    /// `WITH chunk AS (…)` and the author's own common tables.
    private func appendTables(to composed: inout ComposedStatement, _ interval: KeyInterval) {
        let chunk = ChunkStatements.chunk(key, interval, where: condition)
        guard let with = shape.with else { return composed.append("WITH " + chunk) }
        composed.append(authored: 0..<with.listStart)
        composed.append(chunk + ",\n")
        composed.append(authored: with.listStart..<shape.verbRange.lowerBound)
    }

    /// The author's UPDATE, INSERT or DELETE.
    private func appendMain(to composed: inout ComposedStatement, _ interval: KeyInterval, upTo end: Int) {
        composed.append("\n")
        let start = shape.verbRange.lowerBound
        guard changesWalkedTable else { return composed.append(authored: start..<end) }
        let restriction = key.interval(interval, of: Identifier(shape.target.reference))
        guard let condition = shape.condition else {
            composed.append(authored: start..<shape.conditionInsertion)
            composed.append("\nWHERE " + restriction + "\n")
            return composed.append(authored: shape.conditionInsertion..<end)
        }
        composed.append(authored: start..<condition.keyword.upperBound)
        composed.append(" (")
        composed.append(authored: condition.expression)
        composed.append("\n) AND " + restriction + "\n")
        composed.append(authored: condition.expression.upperBound..<end)
    }

    private func reportingPlace<Value>(
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
