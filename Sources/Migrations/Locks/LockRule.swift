import SQLSyntax

/// How a statement waits for locks, and whether it may be sent again when it did not get one.
struct LockRule: Equatable {
    /// How long it may wait.
    enum Patience: Equatable {
        /// The lock timeout: while it waits, everybody queues up behind it.
        case brief
        /// Without end: it waits for others to finish and is in nobody's way.
        case unlimited
    }

    let patience: Patience
    /// Whether a second attempt does the same as the first; outside a transaction that is not so for everything.
    let mayRepeat: Bool

    init(_ statement: Statement) {
        switch statement.kind {
        case .ordinary, .copyFromStdin: self.init(.brief, mayRepeat: true)
        case .outsideTransactionOnly(let command): self.init(command: command, statement.text)
        case .dependsOnTarget(let command):
            self.init(.brief, mayRepeat: command == "REINDEX" || command == "CLUSTER")
        case .transactionControl, .savepoint: self.init(.brief, mayRepeat: false)
        }
    }

    private init(_ patience: Patience, mayRepeat: Bool) {
        self.patience = patience
        self.mayRepeat = mayRepeat
    }

    private init(command: String, _ text: String) {
        switch command {
        case "VACUUM":
            // FULL rewrites the table under a lock that keeps everybody out.
            let isFull = SignificantWords.of(text, first: 8).contains("FULL")
            self.init(isFull ? .brief : .unlimited, mayRepeat: true)
        case "CLUSTER", "REINDEX SCHEMA", "REINDEX DATABASE", "REINDEX SYSTEM":
            self.init(.brief, mayRepeat: true)
        case "CREATE INDEX CONCURRENTLY", "DROP INDEX CONCURRENTLY", "REINDEX CONCURRENTLY",
            "ALTER TABLE ... DETACH CONCURRENTLY":
            self.init(.unlimited, mayRepeat: true)
        default: self.init(.unlimited, mayRepeat: false)
        }
    }
}

/// The words at the beginning of a statement, in capitals.
///
/// A statement itself is asked by ``SQLSyntax/Statement/words(first:)``, which copies no text.
enum SignificantWords {
    static func of(_ text: String, first count: Int) -> [String] {
        var lexer = Lexer(Array(text.utf8))
        return lexer.words(first: count)
    }
}
