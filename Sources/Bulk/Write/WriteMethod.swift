/// How rows get to the server.
public enum WriteMethod: String, Hashable, Sendable, CaseIterable {
    /// One statement with a parameter for each value: `VALUES ($1, $2), ($3, $4)`. At most 65,535 values a
    /// statement.
    case values
    /// One statement with an array for each column, taken apart by `unnest`.
    case unnest
    /// `COPY` straight into the table: for plain inserts whose values have the types of the columns.
    case copy
    /// `COPY` into a temporary table, from there by one statement for all rows.
    case staged
}
