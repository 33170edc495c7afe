import Postgres
import SQLSyntax

/// How many rows of the walked table a transaction has written, by whatever way: the statement itself, its common tables,
/// triggers, cascades of foreign keys, rules. The server counts them anyway.
struct TableWrites: Sendable, Hashable {
    let inserted: Int
    let updated: Int
    let deleted: Int

    /// Reads the first columns of the answer to ``ChunkStatements/writes(to:)``.
    init(_ row: Row) throws {
        (inserted, updated, deleted) = try row.decode(Int.self, Int.self, Int.self)
    }

    private init(inserted: Int, updated: Int, deleted: Int) {
        (self.inserted, self.updated, self.deleted) = (inserted, updated, deleted)
    }

    /// What came since. The counters of a session go on over its transactions until they are handed in.
    func since(_ before: TableWrites) -> TableWrites {
        TableWrites(
            inserted: inserted - before.inserted,
            updated: updated - before.updated,
            deleted: deleted - before.deleted
        )
    }
}

/// What holds of the walked table behind a chunk's statement.
struct TableStanding: Sendable, Hashable {
    private let isCounted: Bool
    private let table: Int64?
    private let isPart: Bool
    /// Whether a trigger may have changed the rows before they were stored.
    let mayChangeKeys: Bool

    /// Reads the last columns of the answer to ``ChunkStatements/writes(to:of:)``.
    init(_ row: Row) throws {
        (isCounted, table, isPart, mayChangeKeys) = try row.decode(
            from: 3,
            Bool.self,
            Int64?.self,
            Bool.self,
            Bool.self
        )
    }

    /// Makes sure that the name still means the table that the run is about; by now the transaction has locked whatever it
    /// means, so that it will go on doing so until COMMIT.
    func checkIdentity(of work: SQLWork) throws {
        guard work.key.oid == 0 || table == work.key.oid else {
            throw work.key.tree == nil ? TableReplaced() : PartGone()
        }
        guard isPart else { throw PartGone() }
        guard isCounted else { throw BackfillError.writesNotCounted(backfill: work.name) }
    }
}

/// A chunk did more than a chunk may; it is rolled back.
extension BackfillError {
    static func inserted(_ work: SQLWork, rows: Int) -> BackfillError {
        .reachesFurther(
            backfill: work.name,
            place: work.statement.place,
            reason:
                "it added \(rows) \(rows == 1 ? "row" : "rows") to \(work.key.table) itself, by a trigger or a rule, and the walk "
                + "may meet them. Add a \"where:\" that they do not fulfil and have the trigger leave them out, or write them elsewhere"
        )
    }

    static func deleted(_ work: SQLWork, rows: Int) -> BackfillError {
        .reachesFurther(
            backfill: work.name,
            place: work.statement.place,
            reason:
                "it deleted \(rows) \(rows == 1 ? "row" : "rows") of \(work.key.table) that \(rows == 1 ? "is" : "are") not in the chunk, "
                + "by a foreign key or a trigger, and the walk would not meet them. Have the statement delete them by itself, or "
                + "walk the table by a key that has them before the rows that take them along"
        )
    }

    static func moved(_ work: SQLWork, rows: Int) -> BackfillError {
        let columns = work.key.names.joined(separator: ", ")
        return .reachesFurther(
            backfill: work.name,
            place: work.statement.place,
            reason:
                "it changed (\(columns)) of \(rows) \(rows == 1 ? "row" : "rows") of \(work.key.table), which orders the walk: they "
                + "would be met again or not at all. A trigger, a foreign key or a common table of the statement does so. Choose a key "
                + "that nothing changes"
        )
    }

    static func reached(_ work: SQLWork) -> BackfillError {
        let key = work.key.names
        let name = work.shape.target.reference
        let join = key.map { "\(name).\($0) = chunk.\($0)" }.joined(separator: " AND ")
        return .reachesFurther(
            backfill: work.name,
            place: work.statement.place,
            reason:
                "it would change rows of \(work.key.table) that are not in the chunk. The join by the key is missing: \(join)"
        )
    }
}
