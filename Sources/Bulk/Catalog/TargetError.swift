public import Postgres

/// A table that cannot take the rows as they are described, found out before the first row is sent.
public enum TargetError: Error, Sendable {
    /// There is no such table for this role's search path.
    case noSuchTable(Identifier, nearest: [String])
    /// The name is that of something else; the letter is `pg_class.relkind`.
    case notATable(Identifier, kind: String)
    /// The name is not one.
    case unreadableName(IdentifierError)
    /// All that is wrong with the columns, so that one look is enough.
    case unsuitable(Identifier, [Problem])
    /// Rows of one batch share a key and the rule for duplicates is to refuse them.
    case duplicateKey(Identifier, key: String)
    /// Rows of a set that are their own ancestors; the keys of each cycle, a child before its parent.
    case cycle(Identifier, keys: [[String]])
    /// A set without rows, by which every row of the table would be gone.
    case emptySet(Identifier)
    /// An inserted row could not be found again by its key, so that the order of the input was lost.
    case orderLost(Identifier)

    /// One thing that is wrong with the columns.
    public enum Problem: Hashable, Sendable {
        /// The table has no such column.
        case noSuchColumn(String, nearest: [String])
        /// The column is named twice.
        case namedTwice(String)
        /// The column is computed by the server.
        case generated(String)
        /// The column takes no value of the writer's (`GENERATED ALWAYS AS IDENTITY`).
        case identityAlways(String)
        /// The column needs a value and gets none.
        case missingValue(column: String, type: String)
        /// No unique key has these columns.
        case noUniqueKey(columns: [String], existing: [UniqueKey])
        /// There is no such constraint.
        case noSuchConstraint(String, existing: [UniqueKey])
        /// A column of the key, or one to be updated, gets no value.
        case withoutValue(String)
        /// The operation needs at least one column of this kind.
        case noColumns(String)
        /// The rows have another number of values than columns were named.
        case valueCount(expected: Int, found: Int)
        /// A key that a set is compared by may be NULL in this column.
        case nullableKey(String)
        /// A condition for updates, where nothing is updated.
        case conditionWithoutUpdate
        /// A hierarchy whose key and parent do not have the same number of columns.
        case unevenHierarchy(key: [String], parent: [String])
        /// A hierarchy by another key than the one of the conflict.
        case hierarchyOverOtherKey(key: [String], conflict: [String])
        /// A hierarchy where no rows are inserted.
        case hierarchyWithoutInsert
        /// Rows are wanted in the order of the input, and it cannot be kept for this reason.
        case noOrder(String)
        /// Values of a type that the column does not take without losing something.
        case type(column: String, type: String, value: PostgresType)
    }
}

extension TargetError: CustomStringConvertible {
    /// The message for people.
    public var description: String {
        switch self {
        case .noSuchTable(let name, let nearest):
            "There is no table \(name).\(meant(nearest)) Check the name, the schema and the database."
        case .notATable(let name, let kind):
            "\(name) is \(kindName(kind)), rows can only be written to a table. Name the table itself."
        case .unreadableName(let error): error.description
        case .unsuitable(let table, let problems):
            "The table \(table) cannot take these rows:\n"
                + problems.map { "  - \($0.description)" }.listedLines
        case .duplicateKey(let table, let key):
            "Two rows of one batch for \(table) have the same key \(key). "
                + "Remove one, or let the first or the last one win."
        case .cycle(let table, let keys):
            "Rows for \(table) are their own ancestors: "
                + keys.map { ($0 + $0.prefix(1)).joined(separator: " → ") }.joined(separator: "; ")
                + ". Correct the parent of one row in each cycle."
        case .emptySet(let table):
            "The set for \(table) has no rows, so that every row of the table would be deleted. "
                + "Check the source; to empty the table, use DELETE."
        case .orderLost(let table):
            "A row inserted into \(table) has another key than it was given, so the order of the input cannot be "
                + "kept; nothing was stored. Look for a trigger or rule that changes keys, or ask for no order."
        }
    }

    private func kindName(_ kind: String) -> String {
        switch kind {
        case "v": "a view"
        case "m": "a materialized view"
        case "i", "I": "an index"
        case "S": "a sequence"
        case "c": "a type"
        default: "no table"
        }
    }
}

func meant(_ nearest: [String]) -> String {
    nearest.isEmpty ? "" : " Did you mean \(nearest.joined(separator: " or "))?"
}
