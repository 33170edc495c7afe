import Postgres

/// Where the rows of a statement come from: values that travel with it, or a table that was filled before.
struct RowSource {
    enum Rows {
        /// One array for each column.
        case arrays([(column: String, values: Parameter)])
        /// One parameter for each value, row by row.
        case values(columns: [String], [[Parameter]])
        /// A table with the same columns and types, and one for the order.
        case table(Identifier)
        /// A table with the same columns in the types in which the values were sent, and one for the order;
        /// where a level is given, only the rows of that level.
        case staged(StagingTable, level: Int?)
    }

    let rows: Rows
    /// The name of the column that keeps the order of the rows.
    let ordinal: String
    /// What is known of the keys of a staged set.
    var keys = AscendingKeys.Finding.unknown
    /// `OVERRIDING SYSTEM VALUE`, for sources that bring their own identity values.
    var overriding: SQL = ""

    /// Whether the rows lie in a table whose size the server knows.
    var isStaged: Bool {
        if case .staged = rows { true } else { false }
    }

    /// Whether all rows of a staged set are meant, not those of one level.
    var isWholeStagedSet: Bool {
        if case .staged(_, level: nil) = rows { true } else { false }
    }

    /// A column name that is not among others.
    static func ordinalName(besides columns: [String]) -> String {
        var name = "ordinal"
        while columns.contains(name) { name += "_" }
        return name
    }

    /// The rows with some of their columns.
    func select(_ columns: [TargetColumn]) -> SQL {
        switch rows {
        case .table(let table):
            """
                SELECT \(columns.map { "\(identifier: $0.name)" as SQL }.joined(separator: ", ")), \(identifier: ordinal)
                FROM \(identifier: table)
            """
        case .arrays(let arrays): cast(columns, from: select(columns, from: arrays))
        case .values(let names, let rows): cast(columns, from: list(names, rows))
        case .staged(let table, let level): cast(columns, from: table.input(ordinal: ordinal, level: level))
        }
    }

    private func cast(_ columns: [TargetColumn], from input: SQL) -> SQL {
        """
            SELECT \(columns.map(\.castFromInput).joined(separator: ", ")), input.\(identifier: ordinal)
            FROM \(input)
        """
    }

    private func select(_ columns: [TargetColumn], from arrays: [(column: String, values: Parameter)]) -> SQL
    {
        let sent = columns.compactMap { column in arrays.first { $0.column == column.name } }
        let names = (sent.map(\.column) + [ordinal]).map { "\(identifier: $0)" as SQL }
        return """
            ROWS FROM (\(sent.map { "pg_catalog.unnest(\($0.values))" as SQL }.joined(separator: ", "))) WITH ORDINALITY
                    AS input(\(names.joined(separator: ", ")))
            """
    }

    private func list(_ columns: [String], _ rows: [[Parameter]]) -> SQL {
        let names = (columns + [ordinal]).map { "\(identifier: $0)" as SQL }
        let lines = rows.enumerated().map { position, row in
            "(\(row.map { "\($0)" as SQL }.joined(separator: ", ")), \(unsafe: "\(position + 1)"))" as SQL
        }
        return """
            (VALUES \(lines.joined(separator: ", ")))
                    AS input(\(names.joined(separator: ", ")))
            """
    }
}

extension TargetColumn {
    /// The cast to the type without a length, see ``baseType``; the assignment to the column does the rest.
    /// The column's collation decides which keys are the same and in what order they come.
    fileprivate var castFromInput: SQL {
        let name: SQL = "\(identifier: name)"
        let collate: SQL = collation.map { " COLLATE \(identifier: $0.name)" } ?? ""
        return "input.\(name)::\(unsafe: baseType)\(collate) AS \(name)"
    }
}
