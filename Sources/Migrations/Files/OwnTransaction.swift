import SQLSyntax

/// `BEGIN; ... COMMIT;` around all of a file.
enum OwnTransaction {
    private static let beginnings = ["BEGIN", "BEGIN WORK", "BEGIN TRANSACTION", "START TRANSACTION"]
    private static let ends = [
        "COMMIT", "COMMIT WORK", "COMMIT TRANSACTION", "END", "END WORK", "END TRANSACTION",
    ]

    /// The statements between the two, when the file holds exactly one transaction and nothing is outside of
    /// it; otherwise all of them. A `BEGIN` with modes, such as an isolation level, is not taken away, because
    /// it asks for more than the migration's own transaction gives.
    static func removed(from statements: [Statement]) -> [Statement] {
        guard let first = statements.first, let last = statements.last,
            statements.count(where: \.controlsTransaction) == 2,
            beginnings.contains(words(first)), ends.contains(words(last))
        else { return statements }
        return Array(statements.dropFirst().dropLast())
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
