/// Which statements run inside a transaction block, which end one, and which the server refuses there.
///
/// Written after the manual's "cannot be executed inside a transaction block" remarks, PostgreSQL 14 to 18.
public enum TransactionRules {
    /// What a statement means for the transaction around it.
    public static func classify(_ bytes: [UInt8], in range: Range<Int>? = nil) -> StatementKind {
        var words = WordReader(bytes, in: range)
        let first = words.next()
        switch first {
        case "BEGIN", "COMMIT", "END", "ABORT": return control(first, &words)
        case "START":
            return words.next() == "TRANSACTION"
                ? .transactionControl(command: "START TRANSACTION") : .ordinary
        case "ROLLBACK": return rollback(&words)
        case "PREPARE": return prepare(&words)
        case "SAVEPOINT", "RELEASE": return .savepoint
        case "CREATE": return create(&words)
        case "DROP": return drop(&words)
        case "ALTER": return alter(&words)
        case "REINDEX": return reindex(&words)
        case "VACUUM": return .outsideTransactionOnly(command: "VACUUM")
        case "CLUSTER": return cluster(&words)
        case "DISCARD":
            return words.next() == "ALL" ? .outsideTransactionOnly(command: "DISCARD ALL") : .ordinary
        case "CALL", "DO": return .dependsOnTarget(command: first)
        default: return .ordinary
        }
    }

    private static func control(_ first: String, _ words: inout WordReader) -> StatementKind {
        let second = words.next()
        return .transactionControl(command: second == "PREPARED" ? "\(first) PREPARED" : first)
    }

    /// `ROLLBACK TO` goes back to a savepoint and keeps the transaction.
    private static func rollback(_ words: inout WordReader) -> StatementKind {
        var word = words.next()
        if word == "PREPARED" { return .transactionControl(command: "ROLLBACK PREPARED") }
        if word == "WORK" || word == "TRANSACTION" { word = words.next() }
        return word == "TO" ? .savepoint : .transactionControl(command: "ROLLBACK")
    }

    /// `PREPARE TRANSACTION 'id'`, but not `PREPARE transaction AS ...`, which is a prepared statement of
    /// that name.
    private static func prepare(_ words: inout WordReader) -> StatementKind {
        guard words.next() == "TRANSACTION", words.nextKind() == .string else { return .ordinary }
        return .transactionControl(command: "PREPARE TRANSACTION")
    }

    private static func create(_ words: inout WordReader) -> StatementKind {
        switch words.next() {
        case "DATABASE": return .outsideTransactionOnly(command: "CREATE DATABASE")
        case "TABLESPACE": return .outsideTransactionOnly(command: "CREATE TABLESPACE")
        case "UNIQUE": return words.next() == "INDEX" ? createIndex(&words) : .ordinary
        case "INDEX": return createIndex(&words)
        case "SUBSCRIPTION": return createSubscription(&words)
        default: return .ordinary
        }
    }

    private static func createIndex(_ words: inout WordReader) -> StatementKind {
        words.next() == "CONCURRENTLY"
            ? .outsideTransactionOnly(command: "CREATE INDEX CONCURRENTLY") : .ordinary
    }

    /// "CREATE SUBSCRIPTION ... WITH (create_slot = true) cannot be executed inside a transaction block", and
    /// true is the default unless it does not connect at all.
    private static func createSubscription(_ words: inout WordReader) -> StatementKind {
        let rest = words.rest()
        if rest.hasOption("CREATE_SLOT", off: true) || rest.hasOption("CONNECT", off: true) {
            return .ordinary
        }
        return .outsideTransactionOnly(command: "CREATE SUBSCRIPTION")
    }

    private static func drop(_ words: inout WordReader) -> StatementKind {
        switch words.next() {
        case "DATABASE": .outsideTransactionOnly(command: "DROP DATABASE")
        case "TABLESPACE": .outsideTransactionOnly(command: "DROP TABLESPACE")
        case "INDEX":
            words.next() == "CONCURRENTLY"
                ? .outsideTransactionOnly(command: "DROP INDEX CONCURRENTLY") : .ordinary
        case "SUBSCRIPTION": .dependsOnTarget(command: "DROP SUBSCRIPTION")
        default: .ordinary
        }
    }

    private static func alter(_ words: inout WordReader) -> StatementKind {
        switch words.next() {
        case "SYSTEM": return .outsideTransactionOnly(command: "ALTER SYSTEM")
        case "DATABASE":
            let moves = words.rest().contains(["SET", "TABLESPACE"])
            return moves ? .outsideTransactionOnly(command: "ALTER DATABASE SET TABLESPACE") : .ordinary
        case "SUBSCRIPTION": return alterSubscription(&words)
        case "TABLE":
            let rest = words.rest()
            guard rest.contains(["DETACH", "PARTITION"]), rest.last == "CONCURRENTLY" else {
                return .ordinary
            }
            return .outsideTransactionOnly(command: "ALTER TABLE ... DETACH CONCURRENTLY")
        default: return .ordinary
        }
    }

    private static func alterSubscription(_ words: inout WordReader) -> StatementKind {
        let rest = words.rest()
        if rest.contains(["REFRESH"]), rest.contains(["PUBLICATION"]) || rest.contains(["SEQUENCES"]) {
            if !rest.hasOption("REFRESH", off: true) && !rest.hasOption("REFRESH", off: false) {
                return .outsideTransactionOnly(command: "ALTER SUBSCRIPTION ... REFRESH")
            }
        }
        let changesPublication = ["SET", "ADD", "DROP"].contains { rest.contains([$0, "PUBLICATION"]) }
        guard changesPublication, !rest.hasOption("REFRESH", off: true) else { return .ordinary }
        return .outsideTransactionOnly(command: "ALTER SUBSCRIPTION with refresh")
    }

    private static func reindex(_ words: inout WordReader) -> StatementKind {
        let rest = words.rest()
        if rest.contains(["CONCURRENTLY"]), !rest.hasOption("CONCURRENTLY", off: true) {
            return .outsideTransactionOnly(command: "REINDEX CONCURRENTLY")
        }
        for object in ["SCHEMA", "DATABASE", "SYSTEM"] where rest.firstTopLevel == object {
            return .outsideTransactionOnly(command: "REINDEX \(object)")
        }
        // A partitioned table or index is rebuilt partition by partition, each in a transaction of its own.
        return .dependsOnTarget(command: "REINDEX")
    }

    /// Without a table it goes through all of them, each in a transaction of its own.
    private static func cluster(_ words: inout WordReader) -> StatementKind {
        let rest = words.rest()
        guard let first = rest.firstTopLevel, first != "VERBOSE" || rest.topLevelCount > 1 else {
            return .outsideTransactionOnly(command: "CLUSTER")
        }
        return .dependsOnTarget(command: "CLUSTER")
    }
}
