/// A random definition of a backfill.
struct Definition {
    /// What is done, for the summary.
    let kind: String
    let statement: Statement
    let condition: String?
    /// Whether the statement is written in an odd way. It says the same.
    let spelling: Spelling
    let frontMatter: [String]
    /// Why it may well be refused. A definition without is harmless: refusing it is a fault.
    let hazards: [String]
    /// Columns of the walked table that cannot be compared, because they are drawn in some order.
    let drawn: [String]
    /// Whether the outcome depends on how the rows are divided.
    let isAboutChunk: Bool

    /// The file.
    var text: String {
        frontMatter.map { "-- \($0)\n" }.joined() + spelling.apply(to: statement.text) + "\n"
    }

    init(over table: RandomTable, _ dice: Dice) {
        let condition = Conditions.choose(for: table, dice)
        var draft = Draft.choose(for: table, condition, dice)
        draft.hazards += Self.hazards(of: table, draft, condition)
        kind = draft.kind
        statement = draft.statement
        self.condition = condition
        (hazards, drawn, isAboutChunk) = (draft.hazards, draft.drawn, draft.isAboutChunk)
        spelling = Spelling.choose(dice)
        frontMatter = Self.frontMatter(of: table, condition, dice)
    }

    private static func frontMatter(of table: RandomTable, _ condition: String?, _ dice: Dice) -> [String] {
        var lines = ["table: \(table.sqlName)"]
        switch table.key.kind {
        case .primary where dice.chance(60): break
        // A plain table has a unique index on the seat, which would be chosen.
        case .place: if table.layout.isPlain || dice.chance(50) { lines.append("key: ctid") }
        default: lines.append("key: " + table.key.columns.map(\.name).joined(separator: ", "))
        }
        if table.key.kind == .nullable { lines.append("nulls: last-range") }
        if let condition { lines.append("where: \(condition)") }
        return dice.shuffled(lines)
    }

    /// What the table adds to the statement's own.
    private static func hazards(of table: RandomTable, _ draft: Draft, _ condition: String?) -> [String] {
        var hazards: [String] = []
        let updates = draft.changes == .updates
        if table.has(.moveKey), updates { hazards.append("a trigger moves the key") }
        if table.has(.spawn), updates { hazards.append("a trigger adds rows") }
        if table.has(.transition), !table.layout.isPlain, draft.changes != .nothing {
            hazards.append("transition tables of a parent")
        }
        if table.has(.rule) { hazards.append("a rule") }
        if table.key.isByPlace {
            if draft.changes == .nothing { hazards.append("nothing changes what the walk by place needs") }
            if table.has(.suppress) { hazards.append("a trigger keeps rows as they are") }
            if !draft.isMain { hazards.append("a walk by place without an UPDATE or DELETE of its own") }
        }
        if !table.layout.isPlain, !draft.isMain, !table.key.isUnique || table.layout.isInherited {
            hazards.append("a key that repeats over parts, joined as a whole")
        }
        return hazards
    }
}

/// A statement before the table's own dangers are known.
struct Draft {
    /// What becomes of the walked table's rows.
    enum Change { case nothing, updates, deletes }

    let kind: String
    var statement: Statement
    var changes = Change.nothing
    var hazards: [String] = []
    var drawn: [String] = []
    var isAboutChunk = false
    /// Whether the statement itself is an UPDATE or DELETE of the walked table.
    var isMain: Bool { statement.changed != nil }

    /// One of all kinds that make sense over the table.
    static func choose(for table: RandomTable, _ condition: String?, _ dice: Dice) -> Draft {
        let updates = Updates(table: table, dice: dice)
        let others = Others(table: table, dice: dice)
        // By place, only what ends `where` or the row itself comes to an end.
        let byKey = table.key.isByPlace ? 0 : 1
        let rarely = table.key.isByPlace ? 1 : 3
        let generated = table.key.kind == .generated ? 25 : 0
        let reference = table.key.kind == .reference ? 30 : 0
        return dice.pick([
            (30, { updates.ofOwnColumns() }), (8, { updates.fromOther() }),
            (5 * byKey, { updates.rowWise() }),
            (6 * byKey, { updates.fromCommonTable() }), (4 * rarely / 3, { updates.inCommonTable() }),
            (3 * byKey, { updates.ofKey() }), (2, { updates.withoutJoin() }),
            (table.integerKey == nil ? 0 : 2, { updates.byWrongColumn() }),
            (generated, { updates.ofGeneratedKey() }),
            (8, { others.delete() }), (5, { others.archive() }), (2 * byKey, { others.deleteFromOther() }),
            (reference, { others.cascade() }), (4 * byKey, { others.updateOther() }),
            (rarely, { others.log() }), (6 * byKey, { others.totals() }),
            (4 * byKey, { others.totalsByKey() }),
            (3 * byKey, { others.words() }), (2 * byKey, { others.recursion() }),
            (2 * byKey, { others.partition() }),
            (5 * byKey, { others.copies() }), (4 * byKey, { others.upsert() }),
            (2 * byKey, { others.aboutChunk() }),
        ])()
    }
}
