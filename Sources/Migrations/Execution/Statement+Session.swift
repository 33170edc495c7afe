import SQLSyntax

/// What a statement means for the session, as far as its first words tell.
extension Statement {
    /// How a statement ends a transaction that the file has opened.
    enum BlockEnd: Equatable {
        case commit
        /// `COMMIT AND CHAIN`: the next one begins at once.
        case commitAndChain
        /// It is rolled back, or prepared for a commit in two phases.
        case other
    }

    /// `BEGIN` or `START TRANSACTION`.
    var opensBlock: Bool {
        [.transactionControl(command: "BEGIN"), .transactionControl(command: "START TRANSACTION")].contains(
            kind
        )
    }

    /// Nil for what does not end a transaction.
    var blockEnd: BlockEnd? {
        guard case .transactionControl(let command) = kind, !opensBlock else { return nil }
        guard ["COMMIT", "END"].contains(command) else { return .other }
        return chains ? .commitAndChain : .commit
    }

    /// `AND CHAIN`, behind which the next transaction begins at once.
    var chains: Bool {
        guard case .transactionControl = kind else { return false }
        let words = self.words(first: 5)
        return words.contains("CHAIN") && !words.contains("NO")
    }

    /// Can run in a transaction together with its record. What only means something in a transaction of the file's own is left
    /// to the server, which warns of it.
    var sharesTransaction: Bool {
        switch kind {
        case .ordinary, .copyFromStdin: blockNeed == nil
        case .transactionControl, .savepoint, .outsideTransactionOnly, .dependsOnTarget: false
        }
    }

    /// A procedure or a block, which may commit what it has done so far.
    var mayCommit: Bool {
        if case .dependsOnTarget(let command) = kind { ["CALL", "DO"].contains(command) } else { false }
    }

    /// Gives back settings what a session begins with.
    var resetsSettings: Bool {
        switch words(first: 1).first {
        case "RESET", "DISCARD": true
        case "SET": words(first: 8).contains("DEFAULT")
        default: false
        }
    }

    /// `LOAD`, which may be done again in every session.
    var loadsLibrary: Bool { words(first: 1) == ["LOAD"] }

    /// `DISCARD ALL`, which gives all advisory locks back.
    var discardsAll: Bool { kind == .outsideTransactionOnly(command: "DISCARD ALL") }

    /// What the server makes of a statement that only means something inside of a transaction block.
    enum BlockNeed: Equatable {
        /// It warns, and does nothing.
        case warns(command: String)
        /// It refuses.
        case refuses(command: String)
    }

    /// Nil for what means something outside of a transaction block.
    var blockNeed: BlockNeed? {
        if kind == .savepoint {
            return .refuses(command: words(first: 1).first ?? "SAVEPOINT")
        }
        let words = self.words(first: 2)
        switch words.first {
        case "LOCK": return .refuses(command: "LOCK TABLE")
        case "SET":
            return switch words.dropFirst().first {
            case "LOCAL": .warns(command: "SET LOCAL")
            case "TRANSACTION": .warns(command: "SET TRANSACTION")
            case "CONSTRAINTS": .warns(command: "SET CONSTRAINTS")
            default: nil
            }
        case "DECLARE": return isHeldCursor ? nil : .refuses(command: "DECLARE CURSOR")
        default: return nil
        }
    }

    private var isHeldCursor: Bool {
        let words = self.words(first: 10)
        guard let place = words.firstIndex(of: "HOLD"), place > 0 else { return false }
        return words[place - 1] == "WITH"
    }
}
