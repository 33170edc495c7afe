import Bulk
import Imports
import Postgres

/// A row behind the sample did not fit the table that was made by it.
struct GuessedTypeError: Error, CustomStringConvertible {
    let cause: any Error
    let table: GuessedTable
    let column: String

    /// Wraps an error where it is about a guessed type.
    static func explained(_ error: any Error, _ creation: TableCreation?) -> any Error {
        guard case .made(let table) = creation, let column = refusedColumn(error) else { return error }
        return GuessedTypeError(cause: error, table: table, column: column)
    }

    private static func refusedColumn(_ error: any Error) -> String? {
        switch error {
        case ImportRunError.stopped(let cause, _, _): refusedColumn(cause)
        case ImportError.refused(_, let refusal, let place) where refusal.sqlState.rawValue.hasPrefix("22"):
            place?.column
        default: nil
        }
    }

    var description: String {
        let statement =
            "ALTER TABLE \(identifier: table.name) ALTER COLUMN \(identifier: column) TYPE text" as SQL
        return """
            \(cause)
            The types of \(table.name) were guessed from its first \(Numbers.count(table.sampledRows, "row")). Give the column one \
            that takes the value and the same command again:
                \(statement.text)
            Or drop the table and look at more rows: --sample-rows
            """
    }
}
