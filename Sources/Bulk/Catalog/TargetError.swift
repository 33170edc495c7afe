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
                + problems.map { "  - \($0.description)" }.joined(separator: "\n")
        case .duplicateKey(let table, let key):
            "Two rows of one batch for \(table) have the same key \(key). "
                + "Remove one, or let the first or the last one win."
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

extension TargetError.Problem: CustomStringConvertible {
    /// One line for people, with what to do.
    public var description: String {
        switch self {
        case .noSuchColumn(let name, let nearest): "there is no column \(name).\(meant(nearest))"
        case .namedTwice(let name): "the column \(name) is named twice; name it once."
        case .generated(let name): "the column \(name) is computed by the server (GENERATED); leave it out."
        case .identityAlways(let name): "the column \(name) is GENERATED ALWAYS AS IDENTITY; leave it out."
        case .missingValue(let column, let type):
            "the column \(column) (\(type)) is NOT NULL, has no default and gets no value; add it."
        case .noUniqueKey(let columns, let existing):
            "no primary key, unique constraint or plain unique index is over (\(columns.joined(separator: ", "))); "
                + keys(existing)
        case .noSuchConstraint(let name, let existing):
            "there is no unique constraint \(name); \(keys(existing))"
        case .withoutValue(let name): "the column \(name) gets no value; add it to the columns."
        case .noColumns(let what): "no \(what) named; name at least one."
        case .valueCount(let expected, let found):
            "a row has \(found) \(found == 1 ? "value" : "values") for \(expected) columns; give one for each."
        case .type(let column, let type, let value):
            "the column \(column) is \(type) and the values are \(value.sqlName), which does not fit; "
                + "send its own type, or text."
        }
    }

    private func keys(_ existing: [UniqueKey]) -> String {
        if existing.isEmpty { return "the table has none at all: create one first." }
        let names = existing.map { "\($0.constraint ?? $0.index) (\($0.columns.joined(separator: ", ")))" }
        return "there are: \(names.joined(separator: "; "))."
    }
}

private func meant(_ nearest: [String]) -> String {
    nearest.isEmpty ? "" : " Did you mean \(nearest.joined(separator: " or "))?"
}
