import Bulk
import Postgres
import TestSupport

/// A connection to the running test's database after a script was run in it.
func connection(running script: String = "") throws -> Connection {
    let connection = try TestDatabase.current.connection()
    if !script.isEmpty { try connection.runScript(script) }
    return connection
}

extension Connection {
    /// The rows of a query as the server writes them, with `|` between the columns and `∅` for NULL.
    func lines(_ query: SQL) throws -> [String] {
        try rows(query).map { row in
            try (0..<row.count).map { try textOrNull(row, $0) }.joined(separator: "|")
        }
    }

    private func textOrNull(_ row: Row, _ column: Int) throws -> String {
        try row.value(String?.self, at: column) ?? "∅"
    }
}

extension Batch {
    /// A batch of rows that all have the same types.
    init<each Value: PostgresEncodable>(_ rows: [(repeat each Value)]) throws {
        self.init()
        for row in rows { try append(repeat each row) }
    }
}

extension Batch {
    /// A batch of one column.
    init(column values: [some PostgresEncodable]) throws {
        self.init()
        for value in values { try append(value) }
    }
}
