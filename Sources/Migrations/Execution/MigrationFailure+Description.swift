import Postgres

extension MigrationFailure: CustomStringConvertible {
    /// What failed, where, what was left behind, and the command to run next.
    public var description: String {
        """
        \(step.label) failed on the way \(step.direction.rawValue).
        \(reasonText)
        \(leftText)
        \(nextText)
        """
    }

    private var reasonText: String {
        switch reason {
        case .statement(let failed): failed.text + advice(for: failed)
        case .lockTimeout(let failed, let attempts):
            "\(failed.text)\nGave up after \(attempts) attempts to get the lock."
        case .endedTransaction(let file, let line):
            "\(file):\(line): this statement ended the transaction of the migration; remove the COMMIT or ROLLBACK hidden in it."
        case .leftTransactionOpen(let file):
            "\(file): the file ends inside a transaction; add the missing COMMIT."
        case .invalidIndex(let name, let file, let line):
            "\(file):\(line): the index \(name) was built, but is not valid."
        case .commit(let error): "The server refused the COMMIT: \(error)"
        case .connectionLost(let failed): "\(failed.file):\(failed.location): \(failed.error)"
        case .outcomeUnknown(let error):
            "The connection was lost in the COMMIT, and the server could not be asked for the outcome: \(error)"
        case .bookkeeping(let error): "\(error)"
        }
    }

    private func advice(for failed: FailedStatement) -> String {
        guard failed.isRefusedInTransaction else { return "" }
        return
            "\nPut it into a migration of its own, with: \(step.section.layout.noTransactionAdvice(step.direction))"
    }

    private var leftText: String {
        switch left {
        case .nothing: "Nothing was left behind: its transaction was rolled back."
        case .position(let finished, let total, nil):
            "\(finished) of \(total) statements are done and recorded; the next run goes on with statement \(finished + 1)."
        case .position(let finished, let total, let uncertain?):
            """
            \(finished) of \(total) statements are done and recorded. Statement \(uncertain) was under way and may have taken \
            effect all the same: look before you go on; the next run sends it again.
            """
        case .committedPart:
            "What stands before that line was committed and is not recorded: undo it by hand, or make the file match."
        case .unknown: "Whether it was committed is not known yet; the next run looks it up in the ledger."
        }
    }

    private var nextText: String {
        let command = "caisson migrate \(step.direction.rawValue)"
        let stays =
            completed.isEmpty
            ? "" : " What was done before it stays: \(completed.map(\.step.label).joined(separator: ", "))."
        switch reason {
        case .connectionLost, .lockTimeout, .outcomeUnknown:
            return "Run the same command again: \(command).\(stays)"
        default: return "Correct it, then: \(command)\(stays)"
        }
    }
}
