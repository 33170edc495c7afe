import Postgres
import SQLSyntax

/// Makes sure that `where` and `verify` are what they are taken for before they are put into statements.
struct DefinitionTexts {
    private let backfill: Backfill

    init(_ backfill: Backfill) {
        self.backfill = backfill
    }

    /// Reads them: `where` must be one condition, `verify` one query, and neither may have parameters.
    ///
    /// - Throws: ``BackfillError/unusableStatement(backfill:place:reason:)``.
    func check() throws {
        if let condition = backfill.condition {
            try checking("where", condition, SQLFragment.checkCondition)
        }
        if let query = backfill.verification {
            try checking("verify", query, SQLFragment.checkQuery)
        }
    }

    /// Has the server parse them, so that a misspelt name is found before the first chunk and not behind the last.
    ///
    /// - Throws: ``BackfillError/statementRefused(backfill:place:error:)``.
    func parse(_ source: SourceTable, on connection: Connection) throws {
        if let condition = backfill.condition {
            var statement = ComposedStatement(source: condition)
            statement.append("SELECT FROM \((source.parts.first?.key ?? source.key).relation) WHERE (")
            statement.append(authored: 0..<condition.text.utf8.count)
            statement.append("\n)")
            try parse(statement, on: connection)
        }
        if let query = backfill.verification {
            var statement = ComposedStatement(source: query)
            statement.append(authored: 0..<query.text.utf8.count)
            try parse(statement, on: connection)
        }
    }

    private func checking(
        _ name: String,
        _ text: SQLText,
        _ check: (String) throws(FragmentError) -> Void
    ) throws {
        do {
            try check(text.text)
        } catch {
            throw BackfillError.unusable("\"\(name)\": \(error.message)", at: error.location, backfill, text)
        }
    }

    private func parse(_ statement: ComposedStatement, on connection: Connection) throws {
        do {
            try connection.parse(statement.sql)
        } catch {
            let failure = error
            guard case .server(let error) = failure, !error.endsSession, error.sqlState != .queryCanceled
            else {
                throw failure
            }
            throw BackfillError.statementRefused(
                backfill: backfill.name,
                place: statement.place(ofPosition: error.position),
                error: error
            )
        }
    }
}
