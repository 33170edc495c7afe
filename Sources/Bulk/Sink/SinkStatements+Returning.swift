import Postgres

// Columns of the rows that were written, handed back.

extension SinkStatements {
    /// Writes the rows and returns those that changed, in no order. Each line begins with the number of rows
    /// proposed and held back, the key of a duplicate and the kind of the change, which is NULL in the only line when
    /// nothing changed.
    func writeReturning(_ columns: [TargetColumn]) -> SQL {
        """
        \(with),
        \(changes(returning: returned(columns) + writtenKey))
        SELECT total.*, written.kind\(returnedNames(columns))
        FROM (\(total)) AS total
        LEFT JOIN written ON true
        """
    }

    /// Inserts the rows and returns one line for each, in the order of the input. The key that tells which row
    /// became which is complete before the insert: its missing columns are computed here, in the order of the
    /// input, from their own defaults.
    func insertReturningInOrder(_ columns: [TargetColumn], by key: OrderKey) -> SQL {
        let keyed: SQL = key.drawn.isEmpty ? "SELECT * FROM proposed" : draw(key.drawn)
        let names = plan.columns + key.drawn
        let matches = key.columns.enumerated().map { position, column -> SQL in
            let stored: SQL = column.isRounded ? "::\(unsafe: column.fullBaseType)" : ""
            return "written.\(keyName(position)) = keyed.\(identifier: column.name)\(stored)"
        }
        return """
            \(with),
            keyed AS MATERIALIZED (
            \(keyed)
            ),
            written AS (
                INSERT INTO \(identifier: table) AS target (\(list(names, separator: ", ") { $0 }))
                \(key.overriding)SELECT \(list(names, separator: ", ") { $0 })
                FROM keyed
                ORDER BY \(list(key.columns, separator: ", ") { $0 })
                RETURNING 'i' AS kind\(returnedKey(key.columns))\(returned(columns))
            )
            SELECT total.*, written.kind\(returnedNames(columns))
            FROM (\(total)) AS total
            LEFT JOIN keyed ON true
            LEFT JOIN written ON \(matches.joined(separator: " AND "))
            ORDER BY keyed.\(ordinal)
            """
    }

    /// Reads the rows of the table that the rows of the source stand for now, one line for each of them and in
    /// their order; the first column says whether there is one.
    func readInOrder(_ columns: [TargetColumn]) -> SQL {
        """
        WITH staged AS (
        \(source.select(plan.key))
        )
        SELECT target.tableoid IS NOT NULL\(returned(columns))
        FROM staged
        LEFT JOIN \(identifier: table) AS target ON \(keyMatch("target", "staged"))
        ORDER BY staged.\(ordinal)
        """
    }

    private var total: SQL {
        "SELECT (SELECT pg_catalog.count(*) FROM proposed), \(heldBack), \(duplicateKey)"
    }

    private func draw(_ drawn: [TargetColumn]) -> SQL {
        let values = drawn.map { "\($0.drawnValue) AS \(identifier: $0.name)" as SQL }
        return """
                SELECT ordered.*, \(values.joined(separator: ", "))
                FROM (SELECT * FROM proposed ORDER BY \(ordinal)) AS ordered
            """
    }

    /// The columns of a key, each with a comma before it and a name that no column of the table has to share.
    func returnedKey(_ key: [TargetColumn]) -> SQL {
        let columns = key.enumerated().map { position, column -> SQL in
            ", target.\(identifier: column.name) AS \(keyName(position))"
        }
        return columns.joined(separator: "")
    }

    /// Whether a row of `written` has the key of a row of this relation.
    func isWritten(_ relation: SQL) -> SQL {
        let pairs = plan.key.enumerated().map { position, column -> SQL in
            "written.\(keyName(position)) = \(relation).\(identifier: column.name)"
        }
        return pairs.joined(separator: " AND ")
    }

    func keyName(_ position: Int) -> SQL { "\(identifier: "key \(position)")" }

    /// The columns get names of their own here, so that none is called like another one.
    private func returned(_ columns: [TargetColumn]) -> SQL {
        let pieces = columns.enumerated().map { position, column -> SQL in
            ", target.\(identifier: column.name) AS \(identifier: "returned \(position)")"
        }
        return pieces.joined(separator: "")
    }

    private func returnedNames(_ columns: [TargetColumn]) -> SQL {
        columns.indices.map { ", written.\(identifier: "returned \($0)")" as SQL }.joined(separator: "")
    }
}

extension TargetColumn {
    /// What the column would get if it were left out.
    fileprivate var drawnValue: SQL {
        switch (sequence, defaultExpression) {
        case (let sequence?, _): "pg_catalog.nextval(\(literal: sequence)::pg_catalog.regclass)"
        case (nil, let expression?): "\(unsafe: expression)"
        case (nil, nil): "NULL"
        }
    }
}
