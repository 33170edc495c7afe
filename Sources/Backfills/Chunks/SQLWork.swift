import Bulk
import Postgres
import SQLSyntax

/// The work of a SQL backfill: one statement over the relation `chunk`, prepared for one table that is walked.
struct SQLWork: SuspectWork {
    let name: String
    let key: KeyColumns
    /// All tables that hold rows of the walked one.
    let walked: [Int64]
    /// Whether the planner may well read all of the table for a chunk: it takes a list of places for ten pages.
    let isSmall: Bool
    /// How many rows a page of the table holds, as far as is known.
    let rowsPerPage: Int
    let condition: SQLText?
    let statement: SQLText
    let shape: StatementShape
    /// The table that the statement writes to, resolved in the database.
    let target: Identifier
    /// Whether that is the walked table.
    let changesWalkedTable: Bool
    /// All that the statement updates or deletes in the walked table, in common tables too.
    let walkedWrites: [StatementShape.Write]
    /// Those among them whose text does not prove that they stay within the keys of the chunk.
    let unprovenWrites: [StatementShape.Write]
    /// Whether it adds rows to the walked table, which the walk is known not to meet.
    let insertsIntoWalkedTable: Bool
    /// Whether its rows are to be looked at behind it: a trigger may change their keys, and what a common table writes is not told.
    let watchesKeys: Bool
    /// Set where the statement does no more with `chunk` than choose rows by the key.
    let join: KeyJoin?
    /// What the author's text meant when the run began; empty before there is a run.
    var meaning: [TransactionOptions.Setting] = []
    var limit: Int
    /// How its chunks are written. Locking first is always right.
    var path = ChunkPath.twoSteps(reason: "nothing else was proven yet")

    /// Reads the statement and looks its tables up.
    ///
    /// - Parameter key: the walk of one plain table; `nil` for the table as a whole.
    /// - Throws: ``BackfillError/unusableStatement(backfill:place:reason:)``.
    init(
        _ backfill: Backfill,
        statement: SQLText,
        source: SourceTable,
        key: KeyColumns? = nil,
        limit: Int,
        on connection: Connection,
        asking catalog: Catalog? = nil
    ) throws {
        let catalog = catalog ?? Catalog(on: connection)
        name = backfill.name
        self.key = try Self.readable(key ?? source.key, asking: catalog)
        walked = source.parts.map(\.oid)
        let table = self.key.oid
        isSmall = source.parts.contains { $0.oid == table && $0.pages < Self.smallTable }
        rowsPerPage = source.rowsPerPage
        condition = backfill.condition
        self.statement = statement
        self.limit = limit
        shape = try Self.shape(of: statement, in: backfill)
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
        let trigger = ChunkStatements.hasTriggerBeforeUpdate(on: self.key.oid)
        let names = shape.writes.map { Identifier(parts: $0.target.parts) }
        try catalog.prepare(names.map(CatalogStatements.table) + [trigger])
        let facts = TableFacts(catalog)
        let targets = try zip(shape.writes, names).map {
            (write: $0, table: try facts.table($1)?.table ?? $1)
        }
        target = targets.last?.table ?? source.table
        let isWalked = target == source.table
        changesWalkedTable = isWalked && shape.verb != .insert
        let walkedWrites = targets.filter { $0.table == source.table }.map(\.write)
        insertsIntoWalkedTable = walkedWrites.contains { $0.verb == .insert }
        self.walkedWrites = walkedWrites.filter { $0.verb != .insert }
        let keys = self.key.order == .key ? self.key.names : [KeyColumns.place.name]
        unprovenWrites = self.walkedWrites.filter {
            !ChunkJoin($0, of: statement.text, key: keys).columns.isSuperset(of: keys)
        }
        join = isWalked ? try? KeyJoin(shape, of: statement.text, joining: "chunk") : nil
        watchesKeys =
            shape.writes.count > 1 && !self.walkedWrites.isEmpty
            ? true
            : changesWalkedTable && shape.verb == .update
                ? try catalog.isTrue(trigger)
                : false
    }

    private static func shape(of statement: SQLText, in backfill: Backfill) throws -> StatementShape {
        do {
            return try StatementShape(statement.text)
        } catch {
            let place =
                error.location.map { statement.place(line: $0.line, column: $0.column) } ?? statement.place
            throw BackfillError.unusableStatement(
                backfill: backfill.name,
                place: place,
                reason: error.message
            )
        }
    }

    private static func readable(_ key: KeyColumns, asking catalog: Catalog) throws -> KeyColumns {
        guard key.order == .key, key.oid != 0 else { return key }
        return try catalog.isTrue(ChunkStatements.mayReadPlaces(of: key.oid)) ? key : key.placed(.key)
    }

    /// A bitmap scan returns rows as they lie in the table, not in the order of the key, and of a table without statistics the
    /// planner would rather read all.
    static let singleSettings = [
        TransactionOptions.Setting("enable_bitmapscan", "off"),
        TransactionOptions.Setting("enable_seqscan", "off"),
    ]

    /// The settings of a chunk's transaction that the way in which it is written needs.
    var settings: [TransactionOptions.Setting] { path.locksFirst ? [] : Self.singleSettings }

    /// In pages: a list of places costs as much as ten of them, a page that is not read in order four times as much as another.
    private static let smallTable = 1024

    // MARK: The next chunk

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
        let found = try connection.rows(lookAhead(range.rest))
        if let bound = try bound(found, in: range.rest) { return bound }
        guard key.uniqueness == .unique else { return nil }
        let rest = try connection.queryOptional(
            ChunkStatements.bound(key, range.rest, limit: limit),
            as: Int.self,
            TextArray.self
        )
        return rest.map { ChunkBound(interval: range.rest, scanned: $0.0, end: .rangeDone) }
    }

    /// Asks for the end of the next chunk. Of a unique key the last of so many is looked up, and no row comes back where fewer
    /// are left.
    func lookAhead(_ rest: KeyInterval) -> SQL {
        key.uniqueness == .unique
            ? ChunkStatements.lastOfNext(key, rest, count: limit)
            : ChunkStatements.boundWithRepeats(key, rest, limit: limit)
    }

    /// Reads the answer; `nil` where fewer keys than a chunk has are left, of which nobody knows how many.
    func bound(_ found: ResultSet, in rest: KeyInterval) throws -> ChunkBound? {
        guard let row = found.first else { return nil }
        let isUnique = key.uniqueness == .unique
        let scanned = isUnique ? limit : try row.value(Int.self, at: 0)
        guard let last = Key(try row.value(TextArray.self, at: isUnique ? 0 : 1)) else { return nil }
        guard last != rest.through, scanned >= limit else {
            return ChunkBound(interval: rest, scanned: scanned, end: .rangeDone)
        }
        return ChunkBound(interval: rest.cut(through: last), scanned: scanned, end: .inside)
    }

    // MARK: The chunk

    func write(_ bound: ChunkBound, on connection: Connection) throws -> ChunkCounts {
        let locking = SQLChunk(self, bound, .lockOnly)
        var answers = try Self.answers(to: locking, on: connection)
        // Nothing to do is common behind a condition that few rows fulfil.
        guard try answers.locked != 0 else { return ChunkCounts(scanned: bound.scanned) }
        let writing = SQLChunk(self, bound, .writeOnly)
        answers.add(try Self.answers(to: writing, on: connection))
        return try writing.outcome(answers, on: connection)
    }

    private static func answers(to chunk: SQLChunk, on connection: Connection) throws -> SQLChunk.Answers {
        let answers = try connection.answers(to: chunk.statements)
        if let failure = answers.failure { throw chunk.error(at: failure.index, failure.cause) }
        return SQLChunk.Answers(chunk, answers.results)
    }

    func rehearse(_ bound: ChunkBound, on connection: Connection) throws -> Rehearsal {
        let locking = SQLChunk(self, bound, .lockOnly)
        let answers = try Self.answers(to: locking, on: connection)
        let locked = try answers.locked ?? 0
        if let reach = composeReach(lockedRows(of: bound)) {
            let isReached = try reporting(in: reach) { try connection.queryOne(reach.sql, as: Bool.self) }
            if isReached { throw BackfillError.reached(self) }
        }
        let primaryKey = try connection.query(CatalogStatements.primaryKey(of: target), as: String.self)
        let composed = composeRehearsal(lockedRows(of: bound), primaryKey: primaryKey)
        let changes = try reporting(in: composed) {
            try connection.query(composed.sql, as: String?.self, String?.self)
        }
        return Rehearsal(
            counts: ChunkCounts(scanned: bound.scanned, matched: locked, changed: changes.count),
            target: target,
            changes: changes.map { RowChange(before: $0.0, after: $0.1) }
        )
    }

    /// Has the server parse the statement, so that a misspelt column is found before the first chunk.
    func checkStatement(on connection: Connection) throws {
        let composed = compose(.locked(within: nil))
        do {
            try reporting(in: composed) { try connection.parse(composed.sql) }
        } catch BackfillError.statementFailed(let name, let place, let error) {
            throw BackfillError.statementRefused(backfill: name, place: place, error: error)
        }
    }

    var lockStrength: LockStrength { changesWalkedTable && shape.verb == .delete ? .update : .noKeyUpdate }

    // MARK: Errors

    private func reporting<Value>(
        in composed: ComposedStatement,
        _ body: () throws -> Value
    ) throws -> Value {
        do {
            return try body()
        } catch let error as PostgresError {
            throw located(error, in: composed)
        }
    }

    /// Adds the place in the author's file to an error about what the author wrote. Errors about the moment or the
    /// connection stay as they are: they are tried again.
    func located(_ error: PostgresError, in composed: ComposedStatement) -> any Error {
        located(error) { composed.place(ofPosition: $0.position) }
    }

    /// The same for an error in the condition.
    func locatedInCondition(_ error: PostgresError) -> any Error {
        located(error) { _ in (condition ?? statement).place }
    }

    private func located(_ error: PostgresError, place: (ServerError) -> String) -> any Error {
        guard case .server(let server) = error, !error.isTransient, !error.isConnectionLost,
            server.sqlState != .queryCanceled
        else { return error }
        return BackfillError.statementFailed(backfill: name, place: place(server), error: server)
    }
}
