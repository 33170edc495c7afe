public import Postgres

/// A row that does not fit into its batch, or a column beside the others.
public enum BatchError: Error, Hashable, Sendable {
    /// The row differs from the first one in the number or the types of its values.
    case otherTypes(row: Int, swiftTypes: [String], found: [PostgresType], expected: [PostgresType])
    /// Values of this type cannot be sent as an array, because the id of its array type is not known.
    case noArrayType(swiftType: String, column: Int)
    /// Columns that are to be rows do not have the same number of values.
    case unevenColumns(names: [String], counts: [Int])
}

extension BatchError: CustomStringConvertible {
    /// The message for people.
    public var description: String {
        switch self {
        case .otherTypes(let row, let swiftTypes, let found, let expected):
            "row \(row) of the batch is (\(swiftTypes.joined(separator: ", "))), sent as (\(names(found))), "
                + "but the rows before it are (\(names(expected))). Append the same types in every row."
        case .noArrayType(let swiftType, let column):
            "values of \(swiftType) (column \(column) of the batch) cannot be sent as an array. "
                + "Let the type encode itself as text (format .text): the server reads it by the column's type."
        case .unevenColumns(let names, let counts):
            "the columns do not have the same number of values: "
                + zip(names, counts).map { "\($0) has \($1)" }.joined(separator: ", ")
                + ". Nothing of them was sent. Give each row a value in every column, nil for NULL."
        }
    }

    private func names(_ types: [PostgresType]) -> String {
        types.map(\.sqlName).joined(separator: ", ")
    }
}
