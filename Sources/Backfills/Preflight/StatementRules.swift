import Postgres
import SQLSyntax

/// What a statement must not do, given how its table is walked.
struct StatementRules {
    let backfill: Backfill
    let statement: SQLText
    let source: SourceTable
    /// What becomes of rows that arrive.
    var atEnd = RunOptions.AtEnd.finish

    /// Checks a statement against the walk.
    ///
    /// - Throws: ``BackfillError/unusableStatement(backfill:place:reason:)``.
    func check(_ work: SQLWork, asking catalog: Catalog) throws {
        try checkNames(catalog)
        if source.order.isByPlace || !source.key.nullable.isEmpty { try checkJoin(work) }
        let writes = try WrittenTable.all(of: work.shape, walking: source, asking: catalog)
        let moves = try MovingColumns(source, asking: catalog)
        if source.isTree, work.changesWalkedTable { try catalog.prepare(questions(about: work)) }
        for write in writes where write.reachesWalkedTable {
            try checkAssignments(write, moves)
            try checkTarget(write)
            if write.verb == .insert {
                try checkingInsert(write) {
                    try InsertRule(source: source, write: write, atEnd: atEnd, asking: catalog).check()
                }
            }
        }
        try checkCascades(writes, moves, catalog)
        guard work.changesWalkedTable else { return try checkInsert(work) }
        guard source.isTree else { return }
        if work.shape.target.isOnly {
            throw refusal(
                "ONLY leaves out the tables that hold rows of \(source.table); name the one that is meant"
            )
        }
        try checkTree(work.shape.verb.rawValue, catalog)
    }

    /// What the rules are going to ask about a tree.
    private func questions(about work: SQLWork) -> [SQL] {
        [
            CatalogStatements.triggers(of: treeTables),
            CatalogStatements.rules(of: treeTables, for: work.shape.verb.rawValue),
            CatalogStatements.hasPolicies(source.oid),
        ]
    }

    private var treeTables: [Int64] {
        [source.oid] + source.parts.map(\.oid).filter { $0 != source.oid }
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

    /// Where something else is called chunk, the statement does not speak of the rows that it is given.
    private func checkNames(_ catalog: Catalog) throws {
        let use = try StatementFindings(backfill, source, asking: catalog).use(of: statement)
        guard let place = use.takenNames.first else { return }
        throw refusal(
            "chunk is the name of the rows of the current chunk, and something else is called so here: give it another name",
            at: place
        )
    }

    /// A row whose key or partition changes would be met again further on, or be missed.
    private func checkAssignments(_ write: WrittenTable, _ moves: MovingColumns) throws {
        guard let assigned = write.write.assignedColumns else {
            throw refusal("the columns that it sets cannot be told; write SET column = value")
        }
        for column in assigned {
            if let key = moves.key(movedBy: column) {
                throw refusal(
                    "it sets \(column), \(key == column ? "" : "from which \(key) is computed, ")which orders the walk: rows "
                        + "would be met twice or not at all. Choose another key"
                )
            }
            if let partition = moves.partition(movedBy: column) {
                throw refusal(
                    "it sets \(column), \(partition == column ? "" : "from which \(partition) is computed, ")by which "
                        + "\(source.table) is partitioned: rows would move to tables that were "
                        + "walked already, or come again. Move them with DELETE … RETURNING and INSERT in one "
                        + "statement, behind a \"where:\" that moved rows do not fulfil"
                )
            }
        }
        if write.isView {
            throw refusal(
                "it writes to \(write.name), a view of \(source.table), whose columns may be other ones: name the table itself"
            )
        }
    }

    /// Only a write of the walked table by its own name is kept to the rows of the chunk.
    private func checkTarget(_ write: WrittenTable) throws {
        guard write.verb != .insert, write.name != source.table else { return }
        throw refusal(
            "it writes to \(write.name), which shares rows with \(source.table), and nothing would keep it to the rows of the "
                + "chunk: name \(source.table) in the statement, or \(write.name) in \"table:\""
        )
    }

    /// What joins the whole table by a key that repeats in several parts would see a row once for each.
    private func checkInsert(_ work: SQLWork) throws {
        guard source.isTree, source.order == .key, source.key.uniqueness == .repeated else { return }
        throw refusal(
            "the key (\(source.key.names.joined(separator: ", "))) is not unique over all parts of \(source.table), and a "
                + "statement that joins them would see rows of other parts. Choose a unique key"
        )
    }

    private func checkingInsert(_ write: WrittenTable, _ check: () throws -> Void) throws {
        do {
            try check()
        } catch let doubt as InsertRule.Doubt {
            throw refusal(
                "it inserts into \(write.name), whose rows are being walked, and the walk may meet the new rows: "
                    + "\(doubt.reason). Insert into another table, and move the rows when the backfill is done; or leave the "
                    + "key to an ascending sequence or identity"
            )
        }
    }

    /// The key of a row changes with the row that it refers to.
    private func checkCascades(
        _ writes: [WrittenTable],
        _ moves: MovingColumns,
        _ catalog: Catalog
    ) throws {
        guard !moves.all.isEmpty else { return }
        let cascades = try TableFacts(catalog).cascades(
            into: source.oid,
            columns: moves.all
        )
        for cascade in cascades {
            for write in writes where write.reached.contains(cascade.table) {
                let deletes = write.verb == .delete && cascade.byDelete
                let updates =
                    write.verb != .delete && write.write.assignedColumns?.contains(cascade.column) != false
                guard deletes || updates else { continue }
                throw refusal(
                    "\(deletes ? "it deletes from" : "it sets \(cascade.column) of") \(write.name), and the foreign key "
                        + "\(cascade.constraint) then changes the key of rows of \(source.table): they would be met twice or not "
                        + "at all. Choose another key"
                )
            }
        }
    }

    /// A statement on the parent fires its triggers and applies its rules and policies. One that is sent to each of its
    /// tables does not, and fires theirs.
    private func checkTree(_ verb: String, _ catalog: Catalog) throws {
        let facts = TableFacts(catalog)
        let trigger = try facts.triggers(of: treeTables).first { trigger in
            trigger.events.contains(verb) && (trigger.level == .statement || trigger.hasTransitionTables)
        }
        let advice =
            "each table that holds its rows is written by itself, so the result would be another one. Name these tables "
            + "in \"table:\", one backfill for each"
        if let trigger {
            throw refusal(
                "the trigger \(trigger.name) of \(name(of: trigger.table)) fires once for a statement: \(advice); or switch the "
                    + "trigger off for the run, and do its work by a statement of your own"
            )
        }
        if let rule = try facts.rules(of: treeTables, for: verb).first {
            throw refusal("the rule \(rule) of \(source.table) rewrites the statement: \(advice)")
        }
        if try catalog.isTrue(CatalogStatements.hasPolicies(source.oid)) {
            throw refusal(
                "row-level security of \(source.table) applies to this role: \(advice), or run it as a role that bypasses "
                    + "row-level security"
            )
        }
    }

    private func name(of table: Int64) -> Identifier {
        source.parts.first { $0.oid == table }?.table ?? source.table
    }

    private func refusal(_ reason: String, at location: SourceLocation? = nil) -> BackfillError {
        .unusable(reason, at: location, backfill, statement)
    }
}
