public import Postgres

/// Why a table was not replaced. It has its old rows then.
public enum ReplaceError: Error, Sendable {
    /// The table cannot be replaced at all: all that is in the way.
    case notReplaceable(Identifier, [ReplaceObstacle])
    /// Something that is not ours has the name that the new table needs until the swap.
    case nameTaken(Identifier, by: Identifier)
    /// The table, or the new one beside it, was dropped or made anew while the rows were loaded.
    case gone(Identifier)
    /// The definition of the table was changed while the rows were loaded: what differs.
    case changed(Identifier, [String])
    /// The new table would not have been the same as the old one: what differs.
    case different(Identifier, [String])
    /// The server refused a statement of the replacement.
    case refused(Identifier, ServerError)
}

extension ReplaceError: CustomStringConvertible {
    /// What is wrong, what became of the table, and what to do.
    public var description: String {
        switch self {
        case .notReplaceable(let table, let obstacles):
            """
            \(table) cannot be replaced:
            \(obstacles.map { "  - \($0)" }.listedLines)
            Nothing was changed. --truncate in place of --replace keeps the table and replaces its rows.
            """
        case .nameTaken(let table, let other):
            """
            \(other) is in the way: until the swap the new rows of \(table) need a table of this name, and this one was not \
            made by an import. Nothing was changed. Rename or drop it.
            """
        case .gone(let table):
            """
            \(table) was dropped or made anew, or another import has begun to replace it, while the rows of this one were \
            loaded. Nothing was changed by this one. Run the same command again: it begins at the first row.
            """
        case .changed(let table, let names):
            """
            The definition of \(table) was changed while the rows were loaded: \(names.joined(separator: ", ")). It has its \
            old rows. Run the same command again: it begins at the first row.
            """
        case .different(let table, let names):
            """
            The new table would not have been the same as \(table): \(names.joined(separator: ", ")). It has its old rows.
            --truncate in place of --replace keeps the table and replaces its rows.
            """
        case .refused(let table, let error):
            """
            \(table) could not be replaced: \(error)
            It has its old rows, and nothing was changed. Mend the cause and run the same command again.
            """
        }
    }
}
