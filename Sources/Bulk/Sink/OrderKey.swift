import Postgres

/// The unique key by which inserted rows are told apart when they are returned in the order of the input.
///
/// `INSERT … SELECT … RETURNING` can return columns of the new rows alone, not the position of the row that
/// each came from, and promises no order. So the key has to be known before the insert.
struct OrderKey: Sendable {
    /// The columns of the key.
    let columns: [TargetColumn]
    /// Those that the rows do not bring; their values are drawn from the columns' defaults beforehand.
    let drawn: [TargetColumn]

    /// `OVERRIDING SYSTEM VALUE`, where the drawn values go into `GENERATED ALWAYS AS IDENTITY`.
    var overriding: SQL {
        drawn.contains { $0.origin == .identityAlways } ? "OVERRIDING SYSTEM VALUE " : ""
    }

    /// Finds a key of the table whose columns all have a value that is not NULL: one that the rows bring as a
    /// whole before one that has to be drawn.
    init?(_ table: TargetTable, given columns: [TargetColumn]) {
        let given = Set(columns.map(\.name))
        let candidates = table.uniqueKeys.compactMap { key -> OrderKey? in
            let found = key.columns.compactMap(table.column)
            let drawn = found.filter { !given.contains($0.name) }
            guard found.allSatisfy(\.isNotNull), drawn.allSatisfy(\.canBeDrawn) else { return nil }
            return OrderKey(columns: found, drawn: drawn)
        }
        guard let best = candidates.first(where: { $0.drawn.isEmpty }) ?? candidates.first else { return nil }
        self = best
    }

    private init(columns: [TargetColumn], drawn: [TargetColumn]) {
        (self.columns, self.drawn) = (columns, drawn)
    }
}

extension TargetColumn {
    fileprivate var canBeDrawn: Bool {
        switch origin {
        case .identity, .identityAlways: sequence != nil
        case .hasDefault: defaultExpression != nil
        case .plain, .generated: false
        }
    }
}
