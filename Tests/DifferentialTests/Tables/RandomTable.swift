/// The table that a trial walks, and what hangs on it.
struct RandomTable {
    let name: String
    let key: WalkKey
    let layout: Layout
    let triggers: [Trigger]
    let extras: [Extra]
    /// What lives in the rows.
    let rows: Int
    private let names: [Names.Role: String]

    /// What a table has besides columns and key.
    enum Extra: String {
        /// Kilobytes in some rows, out of line.
        case wide
        /// A constraint that some results break.
        case strictCheck = "strict check"
        /// The same, raised by a deferred constraint trigger.
        case deferredCheck = "deferred check"
        /// `ref` refers to `other`; the rows go, or lose it, with what it refers to.
        case refCascades = "ref cascades"
        case refIsSetNull = "ref is set null"
        /// `child` refers to the table.
        case childCascades = "child cascades"
        case childIsSetNull = "child is set null"
        case childRestricts = "child restricts"
        /// A row refers to another.
        case selfCascades = "self cascades"
        /// An UPDATE is also logged by a rule.
        case rule
        /// A policy that hides all rows, not from the owner.
        case policy
        /// A generated column beside the others.
        case generated
    }

    init(_ dice: Dice) {
        let kind = WalkKey.kind(dice)
        name = Names.table(dice)
        let width = WalkKey.width(kind, dice)
        let (roles, keys) = Names.columns(of: name, keys: width, dice)
        names = roles
        key = WalkKey(kind, names: kind == .reference ? [roles[.ref] ?? "ref"] : keys, dice)
        rows = dice.chance(80) ? dice.number(50...160) : dice.number(160...400)
        layout = Layout.choose(for: key, dice)
        triggers = Trigger.choose(for: key, layout, dice)
        extras = Self.extras(layout, dice)
    }

    private static func extras(_ layout: Layout, _ dice: Dice) -> [Extra] {
        var extras: [Extra] = []
        for extra in [Extra.wide, .generated] where dice.chance(15) { extras.append(extra) }
        if dice.chance(4) { extras.append(.strictCheck) }
        if dice.chance(4), layout.isPlain { extras.append(.deferredCheck) }
        if dice.chance(12) { extras.append(dice.pick([.refCascades, .refIsSetNull])) }
        guard layout.isPlain else { return extras }
        if dice.chance(10) {
            extras.append(dice.pick([(45, .childCascades), (45, .childIsSetNull), (10, .childRestricts)]))
        }
        if dice.chance(10) { extras.append(.selfCascades) }
        if dice.chance(2) { extras.append(.rule) }
        if dice.chance(5) { extras.append(.policy) }
        return extras
    }

    /// The name of the table as it is written.
    var sqlName: String { quoted(name) }

    /// The name of a column as it is written.
    subscript(role: Names.Role) -> String { quoted(names[role] ?? role.rawValue) }

    func has(_ extra: Extra) -> Bool { extras.contains(extra) }

    func has(_ trigger: Trigger) -> Bool { triggers.contains(trigger) }

    /// The key column that an integer may be added to, where it is the only one.
    var movableKey: WalkKey.Column? {
        guard key.columns.count == 1, key.kind != .generated, key.kind != .reference,
            let column = key.columns.first,
            column.type.moved("", rows: rows) != nil
        else { return nil }
        return column
    }

    /// The key, where it is one column of integers, of rows that may be added.
    var integerKey: WalkKey.Column? {
        guard key.isUnique || key.kind == .repeated, let column = movableKey,
            [.smallint, .integer, .number].contains(column.type)
        else { return nil }
        return column
    }

    /// Traits that a failure may have to do with.
    var traits: [String] {
        [key.kind.rawValue + key.columns.map { " " + $0.type.rawValue }.joined(), layout.name]
            + triggers.map { "trigger " + $0.rawValue } + extras.map(\.rawValue)
    }
}
