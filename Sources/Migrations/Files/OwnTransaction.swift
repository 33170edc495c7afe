import Postgres
import SQLSyntax

/// `BEGIN; ... COMMIT;` around all of a file.
enum OwnTransaction {
    private static let beginnings = ["BEGIN", "BEGIN WORK", "BEGIN TRANSACTION", "START TRANSACTION"]
    private static let ends = [
        "COMMIT", "COMMIT WORK", "COMMIT TRANSACTION", "END", "END WORK", "END TRANSACTION",
    ]

    private static let levels: [String: TransactionOptions.Isolation] = [
        "READ UNCOMMITTED": .readCommitted, "READ COMMITTED": .readCommitted,
        "REPEATABLE READ": .repeatableRead, "SERIALIZABLE": .serializable,
    ]

    /// The statements between the two, when the file holds exactly one transaction and nothing is outside of
    /// it; otherwise all of them. An isolation level of the `BEGIN` goes on to the migration's own transaction. One with other
    /// modes is not taken away, because it asks for more than that gives.
    static func removed(
        from statements: [Statement]
    ) -> (statements: [Statement], isolation: TransactionOptions.Isolation?) {
        guard let first = statements.first, let last = statements.last,
            statements.count(where: \.controlsTransaction) == 2, ends.contains(words(last)),
            let mode = mode(words(first))
        else { return (statements, nil) }
        let inner = Array(statements.dropFirst().dropLast())
        return if case .isolated(let level) = mode { (inner, level) } else { (inner, nil) }
    }

    /// How a `BEGIN` begins.
    private enum Mode {
        case standard
        case isolated(TransactionOptions.Isolation)
    }

    /// Nil for what is no beginning, or one that asks for more.
    private static func mode(_ words: String) -> Mode? {
        if beginnings.contains(words) { return .standard }
        let parts = words.split(separator: " ISOLATION LEVEL ", maxSplits: 1)
        guard parts.count == 2, beginnings.contains(String(parts[0])) else { return nil }
        return levels[String(parts[1])].map { .isolated($0) }
    }

    private static func words(_ statement: Statement) -> String {
        guard statement.controlsTransaction else { return "" }
        let text = (try? NormalizedText.of(Array(statement.text.utf8))) ?? []
        return String(decoding: text.dropLast(2), as: UTF8.self).uppercased()
    }
}

extension Statement {
    /// Begins or ends a transaction.
    var controlsTransaction: Bool {
        if case .transactionControl = kind { true } else { false }
    }

    /// Is refused inside a transaction block, whatever it meets.
    var needsNoTransaction: Bool {
        if case .outsideTransactionOnly = kind { true } else { false }
    }
}
