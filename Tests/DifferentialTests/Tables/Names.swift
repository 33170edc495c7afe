import Postgres

/// Names of tables and columns, as people give them.
enum Names {
    /// What a column is for.
    enum Role: String, CaseIterable {
        /// 0 to 9; never changed.
        case group
        /// An integer, mostly NULL: what definitions set.
        case target
        /// A text that may be NULL, and one that definitions set.
        case text, note
        case flag
        /// The id of a row of `other`, or NULL.
        case ref
        /// A number for each row.
        case seat
        /// Counts how often triggers saw the row, and how often other rows were seen that point to it.
        case touched, kids
        /// Kilobytes.
        case wide
        /// A generated column, and what the generated key is made of.
        case twice, points
        /// The seat of another row.
        case boss
    }

    private static let tables = [
        "item", "item", "item", "Item", "order", "données", "chunk_rows", "t", "my table",
    ]

    /// Names that the runner might use itself, that are words of SQL, or that need quotes.
    private static let odd = [
        "row", "count", "chunk_", "next", "locked", "place", "last", "Größe", "key", "place_", "written_",
        "before_",
        "row_", "position", "two words", "quo\"te", "range", "chunk", "places", "excluded_", "n", "user",
        "Ctid",
        "lower_", "value", "bound", "order", "name", "matched", "changed", "locked_", "cursor", "keys",
        "caisson",
    ]

    static func table(_ dice: Dice) -> String { dice.pick(tables) }

    /// A name for each role and each key column, all different; a third of the tables has odd ones, some a column that is
    /// named like the table.
    static func columns(of table: String, keys: Int, _ dice: Dice) -> (roles: [Role: String], keys: [String])
    {
        var odd = dice.chance(45) ? dice.shuffled(odd) : []
        if dice.chance(15) { odd.append(table) }
        var taken: Set<String> = []
        func name(_ plain: String) -> String {
            if let last = odd.last, dice.chance(30) {
                odd.removeLast()
                if taken.insert(last).inserted { return last }
            }
            taken.insert(plain)
            return plain
        }
        let keyNames = (0..<keys).map { name(["id", "id2", "id3"][$0]) }
        var roles: [Role: String] = [:]
        for role in Role.allCases { roles[role] = name("\(role.rawValue)_of") }
        return (roles, keyNames)
    }
}

/// A name as it is written in SQL: bare where that is possible.
func quoted(_ name: String) -> String {
    let isBare = name.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 || (48...57).contains($0) }
    return isBare && !["row", "order", "user", "position"].contains(name) ? name : Identifier(name).quoted
}

/// A text as a literal.
func literal(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
}
