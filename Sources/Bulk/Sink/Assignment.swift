public import Postgres

/// What one column becomes when the row is already there.
///
/// An expression sees two rows: `target`, the row that is there, and `excluded`, the row that comes. A column
/// written as a string literal gets the value of the row that comes.
///
/// ```swift
/// let growing: [Assignment] = [
///     "name", .column("visits", to: "target.visits + excluded.visits"), .column("source", to: "\(file)"),
/// ]
/// ```
public struct Assignment: Sendable, ExpressibleByStringLiteral {
    /// The column.
    public let column: String
    /// The expression; `nil` for the value of the row that comes.
    public let expression: SQL?

    /// The column gets the value of the row that comes.
    public init(stringLiteral column: String) {
        (self.column, expression) = (column, nil)
    }

    private init(column: String, expression: SQL?) {
        (self.column, self.expression) = (column, expression)
    }

    /// The column gets the value of the row that comes.
    public static func incoming(_ column: String) -> Assignment {
        Assignment(column: column, expression: nil)
    }

    /// The column gets the value of an expression over `target` and `excluded`. It is computed once more to see
    /// whether the row changes at all, so it should not have side effects.
    public static func column(_ column: String, to expression: SQL) -> Assignment {
        Assignment(column: column, expression: expression)
    }
}
