/// In which tables the rows lie.
enum Layout {
    case plain
    /// Partitions by a column, which a second level may divide once more.
    case partitions(Method, column: String, type: KeyType, second: String?)
    /// Two tables that inherit from it.
    case inherited

    enum Method: String {
        case range, list, hash
    }

    var isPlain: Bool {
        if case .plain = self { true } else { false }
    }

    var isInherited: Bool {
        if case .inherited = self { true } else { false }
    }

    var name: String {
        switch self {
        case .plain: "plain"
        case .partitions(let method, let column, _, let second):
            "\(method.rawValue) partitions by \(column)" + (second == nil ? "" : ", two levels")
        case .inherited: "inherited"
        }
    }

    /// A unique key must hold what the table is divided by; others are divided by a column that is set by nobody.
    static func choose(for key: WalkKey, _ dice: Dice) -> Layout {
        guard key.kind != .reference, key.kind != .generated, dice.chance(32) else { return .plain }
        if dice.chance(25) { return .inherited }
        guard key.isUnique else {
            return .partitions(
                dice.pick([.range, .list, .hash]),
                column: groupMark,
                type: .integer,
                second: dice.chance(25) ? groupMark : nil
            )
        }
        let column = dice.pick(key.columns)
        let second = dice.pick(key.columns)
        return .partitions(
            dice.pick(column.type.isHashedByOID ? [.range, .list] : [.range, .list, .hash]),
            column: column.name,
            type: column.type,
            second: dice.chance(25) && !second.type.isHashedByOID ? second.name : nil
        )
    }

    /// Stands for the group column, whose name is not known when the layout is chosen.
    static let groupMark = "\u{1}group"

    /// The clause behind the parent's columns.
    func clause(group: String) -> String {
        guard case .partitions(let method, let column, _, _) = self else { return "" }
        return " PARTITION BY \(method.rawValue.uppercased()) (\(column == Self.groupMark ? group : column))"
    }

    /// The statements that make the parts of a table.
    func parts(of table: RandomTable) -> [String] {
        switch self {
        case .plain: return []
        case .inherited:
            return ["one", "two"].map {
                "CREATE TABLE \(quoted(table.name + "_" + $0)) () INHERITS (\(table.sqlName))"
            }
        case .partitions(let method, let column, let type, let second):
            let isGroup = column == Self.groupMark
            let bounds = Self.bounds(
                method,
                isGroup ? { "\($0)" } : type.literal,
                middle: isGroup ? 4 : table.rows / 2
            )
            return bounds.enumerated().flatMap { index, bound in
                let part = quoted("\(table.name)_\(index)")
                let divided = index == 0 ? second.map { $0 == Self.groupMark ? table[.group] : $0 } : nil
                let create = "CREATE TABLE \(part) PARTITION OF \(table.sqlName) \(bound)"
                guard let divided else { return [create] }
                return [create + " PARTITION BY HASH (\(divided))"]
                    + (0...1).map {
                        "CREATE TABLE \(quoted("\(table.name)_0_\($0)")) PARTITION OF \(part) "
                            + "FOR VALUES WITH (MODULUS 2, REMAINDER \($0))"
                    }
            }
        }
    }

    private static func bounds(_ method: Method, _ literal: (Int) -> String, middle: Int) -> [String] {
        switch method {
        case .range:
            [
                "FOR VALUES FROM (MINVALUE) TO (\(literal(middle)))",
                "FOR VALUES FROM (\(literal(middle))) TO (MAXVALUE)",
            ]
        case .list: ["FOR VALUES IN (\(literal(0)))", "FOR VALUES IN (\(literal(1)))", "DEFAULT"]
        case .hash: (0...2).map { "FOR VALUES WITH (MODULUS 3, REMAINDER \($0))" }
        }
    }
}
