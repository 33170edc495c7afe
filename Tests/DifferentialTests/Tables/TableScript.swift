/// The statements that make a table, its neighbours and their rows.
struct TableScript {
    /// Everything but rows, for people.
    let definition: [String]
    private let filling: [String]
    private let finishing: [String]

    /// In the order in which they are run: rows come before triggers and foreign keys.
    var statements: [String] { definition + filling + finishing }

    /// The statements without the rows.
    var description: String { (definition + finishing).joined(separator: ";\n") + ";" }

    init(_ table: RandomTable, _ dice: Dice) {
        definition =
            [KeyType.declarations, Self.neighbours, Self.create(table, dice)] + table.layout.parts(of: table)
            + Self.indexes(table)
        filling = Self.others() + Self.rows(table, dice)
        finishing = Self.finishing(table, dice)
    }

    /// What definitions read from and write to. None has a column that is filled by itself: numbers drawn in another order are no
    /// difference.
    private static let neighbours = """
        CREATE TABLE other (id integer PRIMARY KEY, value integer NOT NULL, label text NOT NULL, hits integer NOT NULL DEFAULT 0);
        CREATE TABLE audit (kind text, key text, x bigint, y text);
        CREATE TABLE total (grp bigint PRIMARY KEY, n bigint NOT NULL, amount bigint NOT NULL);
        CREATE TABLE word_seen (word text PRIMARY KEY);
        CREATE TABLE archive (key text, seat integer, grp integer, note text);
        CREATE TABLE child (id integer PRIMARY KEY, seat integer, v integer NOT NULL DEFAULT 0)
        """

    private static func create(_ table: RandomTable, _ dice: Dice) -> String {
        var columns = [
            "\(table[.group]) integer NOT NULL", "\(table[.target]) integer", "\(table[.text]) text",
            "\(table[.note]) text",
            "\(table[.flag]) boolean NOT NULL", "\(table[.seat]) integer NOT NULL",
            "\(table[.touched]) integer NOT NULL DEFAULT 0", "\(table[.kids]) integer NOT NULL DEFAULT 0",
            "\(table[.points]) integer NOT NULL DEFAULT 0", "\(table[.boss]) integer",
            "\(table[.ref]) integer" + (table.key.kind == .reference ? " NOT NULL" : ""),
        ]
        switch table.key.kind {
        case .generated:
            columns += table.key.columns.map {
                "\($0.name) integer GENERATED ALWAYS AS (\(table[.points])) STORED NOT NULL"
            }
        case .reference: break
        default:
            columns += table.key.columns.map {
                "\($0.name) \($0.type.sql)" + (table.key.kind == .nullable ? "" : " NOT NULL")
                    + (table.layout.isPlain ? table.key.drawing.rawValue : "")
            }
        }
        if table.has(.wide) { columns.append("\(table[.wide]) text") }
        if table.has(.generated) {
            columns.append("\(table[.twice]) integer GENERATED ALWAYS AS (\(table[.group]) * 2) STORED")
        }
        columns = dice.shuffled(columns)
        if table.has(.strictCheck) { columns.append("CONSTRAINT small CHECK (\(table[.target]) < 15)") }
        if table.key.kind == .primary { columns.append("PRIMARY KEY (\(keyList(table)))") }
        return "CREATE TABLE \(table.sqlName) (\n    " + columns.joined(separator: ",\n    ") + "\n)"
            + table.layout.clause(group: table[.group])
    }

    private static func keyList(_ table: RandomTable) -> String {
        table.key.columns.map(\.name).joined(separator: ", ")
    }

    /// The plain tables that hold rows and inherit nothing but columns, the named one first.
    private static func heirs(_ table: RandomTable) -> [String] {
        [table.sqlName]
            + (table.layout.isInherited ? ["one", "two"].map { quoted(table.name + "_" + $0) } : [])
    }

    private static func indexes(_ table: RandomTable) -> [String] {
        var statements: [String] = []
        let list = keyList(table)
        switch table.key.kind {
        case .place: break
        case .primary:
            statements += heirs(table).dropFirst().map { "ALTER TABLE \($0) ADD PRIMARY KEY (\(list))" }
        case .uniqueIndex: statements += heirs(table).map { "CREATE UNIQUE INDEX ON \($0) (\(list))" }
        default: statements += heirs(table).map { "CREATE INDEX ON \($0) (\(list))" }
        }
        if table.has(.wide) {
            statements.append(
                "ALTER TABLE \(table.sqlName) ALTER COLUMN \(table[.wide]) SET STORAGE EXTERNAL"
            )
        }
        if table.layout.isPlain {
            statements.append("CREATE UNIQUE INDEX ON \(table.sqlName) (\(table[.seat]))")
        }
        return statements
    }

    private static func others() -> [String] {
        let rows = (0...19).map { "(\($0 * 10), \($0 * $0 % 13), 'label \($0 % 7)')" }
        return ["INSERT INTO other (id, value, label) VALUES " + rows.joined(separator: ", ")]
    }

    private static func rows(_ table: RandomTable, _ dice: Dice) -> [String] {
        let isPartOfKey = table.key.kind == .reference || table.key.kind == .generated
        let names =
            (isPartOfKey ? [] : table.key.columns.map(\.name))
            + [Names.Role.group, .target, .text, .note, .flag, .ref, .seat, .points, .boss].map { table[$0] }
            + (table.has(.wide) ? [table[.wide]] : [])
        var rows: [String] = []
        for number in dice.shuffled(Array(0..<table.rows)) {
            var values = table.key.values(ofRow: number, rows: table.rows, dice)
            if isPartOfKey { values = [] }
            rows.append("(" + (values + data(table, number, dice)).joined(separator: ", ") + ")")
        }
        let heirs = heirs(table)
        return heirs.enumerated().map { index, heir in
            let own = rows.enumerated().filter { $0.offset % heirs.count == index }.map(\.element)
            return "INSERT INTO \(heir) (\(names.joined(separator: ", "))) VALUES\n"
                + own.joined(separator: ",\n")
        }
    }

    private static func data(_ table: RandomTable, _ number: Int, _ dice: Dice) -> [String] {
        func orNull(_ percent: Int, _ value: String) -> String { dice.chance(percent) ? "NULL" : value }
        let needsReference = table.key.kind == .reference
        var values = [
            "\(dice.number(0...9))", orNull(60, "\(dice.number(0...14))"),
            orNull(15, "'\(dice.pick(["Ada", "ada ", "Éva", "bob", "", "O''Hara", "x)y", "it''s ("]))'"),
            orNull(60, "'\(dice.pick(["done", "To Do", " open"]))'"), dice.chance(50) ? "true" : "false",
            orNull(needsReference ? 0 : 20, "\(dice.number(0...19) * 10)"), "\(number)",
            "\(number * 7 - 300)",
            number > 0 ? orNull(70, "\(dice.number(0...number - 1))") : "NULL",
        ]
        if table.has(.wide) { values.append(dice.chance(30) ? "repeat(md5('\(number)'), 90)" : "NULL") }
        return values
    }

    private static func finishing(_ table: RandomTable, _ dice: Dice) -> [String] {
        var statements = constraints(table)
        for trigger in table.triggers {
            statements += trigger.script(for: table, on: trigger.isForRows ? heirs(table) : [table.sqlName])
        }
        if dice.chance(50) { statements.append("ANALYZE \(table.sqlName)") }
        // As if it were large: only tables of many rows are cut into ranges for several workers. So large that plans are looked at
        // it is not: four parts have less than 50,000 rows.
        if dice.chance(65) {
            statements.append(
                "UPDATE pg_class SET reltuples = 11000 WHERE relnamespace = current_schema()::regnamespace "
                    + "AND relkind = 'r' AND left(relname, \(table.name.count)) = \(literal(table.name))"
            )
        }
        return statements
    }
}
