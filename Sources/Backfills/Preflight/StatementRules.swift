import Postgres
import SQLSyntax

/// What a statement must not do, given how its table is walked.
struct StatementRules {
    let backfill: Backfill
    let statement: SQLText
    let source: SourceTable

    /// Checks a statement against the walk.
    ///
    /// - Throws: ``BackfillError/unusableStatement(backfill:place:reason:)``.
    func check(_ work: SQLWork, on connection: Connection) throws {
        if source.order.isByPlace || !source.key.nullable.isEmpty { try checkJoin(work) }
        guard work.changesWalkedTable else { return try checkInsert(work) }
        if source.isTree, work.shape.target.isOnly {
            throw refusal(
                "ONLY leaves out the tables that hold rows of \(source.table); name the one that is meant"
            )
        }
        try checkAssignments(work, on: connection)
    }

    /// NULL equals nothing, and without a key there is nothing else to join by.
    private func checkJoin(_ work: SQLWork) throws {
        guard !work.shape.mentions(KeyColumns.place.name) else { return }
        let name = work.changesWalkedTable ? work.shape.target.reference : source.table.name
        throw refusal(
            (source.order.isByPlace ? "the walk has no key" : "a key may be NULL, which equals nothing")
                + ", so chunk has the column ctid to join by: \(name).ctid = chunk.ctid"
        )
    }

    /// A row whose key or partition changes would be met again further on, or be missed.
    private func checkAssignments(_ work: SQLWork, on connection: Connection) throws {
        let partition =
            source.isTree
            ? try connection.query(CatalogStatements.partitionColumns(ofTable: source.oid), as: String.self)
            : []
        for column in work.shape.assignedColumns ?? [] {
            if source.key.names.contains(column) {
                throw refusal(
                    "it sets \(column), which orders the walk: rows would be met twice or not at all. "
                        + "Choose another key"
                )
            }
            if partition.contains(column) {
                throw refusal(
                    "it sets \(column), by which \(source.table) is partitioned: rows would move to tables that were "
                        + "walked already, or come again. Move them with DELETE … RETURNING and INSERT in one "
                        + "statement, behind a \"where:\" that moved rows do not fulfil"
                )
            }
        }
    }

    /// What joins the whole table by a key that repeats in several parts would see a row once for each.
    private func checkInsert(_ work: SQLWork) throws {
        guard source.isTree, source.order == .key, source.key.uniqueness == .repeated else { return }
        throw refusal(
            "the key (\(source.key.names.joined(separator: ", "))) is not unique over all parts of \(source.table), and a "
                + "statement that joins them would see rows of other parts. Choose a unique key"
        )
    }

    private func refusal(_ reason: String) -> BackfillError {
        .unusableStatement(backfill: backfill.name, place: statement.place, reason: reason)
    }
}
