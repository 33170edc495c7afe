import Control
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
        case .lockTimeout(let failed, let attempts, let blockers): lockText(failed, attempts, blockers)
        case .endedTransaction(let file, let line):
            "\(file):\(line): this statement ended the transaction of the migration; remove the COMMIT or ROLLBACK hidden in it."
        case .leftTransactionOpen(let file):
            "\(file): the file ends inside a transaction; add the missing COMMIT."
        case .invalidIndex(let name, let file, let line):
            "\(file):\(line): the index \(name) was built, but is not valid."
        case .otherIndex(let name, let found, let file, let line):
            """
            \(file):\(line): \(name) exists already and is not the index that this statement asks for, which would be passed over:
              \(found)
            Drop it, or give this one another name. If what is there will do: caisson migrate up --existing-index accept
            """
        case .indexUnderConstruction(let name, let pid, let file, let line):
            "\(file):\(line): the index \(name) is being built by somebody else, pid \(pid). Wait until that has ended."
        case .lockLost(let file):
            """
            \(file): a statement has given the migration lock back (pg_advisory_unlock_all(), or pg_advisory_unlock() of its key), so \
            another run may have begun. Nothing more was run and nothing recorded.
            """
        case .sessionNotRestorable(let file, let line, let lost):
            """
            \(file):\(line): what stands before this line has run in a session that is gone, and with it \
            \(Self.list(lost)). What follows might come to another result in a new one; nothing of it was run.
            """
        case .commit(let error): "The server refused the COMMIT: \(error)"
        case .connectionLost(let failed): "\(failed.file):\(failed.location): \(failed.error)"
        case .outcomeUnknown(let error):
            "The connection was lost in the COMMIT, and the server could not be asked for the outcome: \(error)"
        case .bookkeeping(let error): "\(error)"
        }
    }

    /// At most ten names.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(10).joined(separator: ", ")
        return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
    }

    /// Whether somebody has cancelled the statement, or the run by a signal.
    var isCancellation: Bool {
        guard case .statement(let failed) = reason else { return false }
        return failed.error.sqlState == .queryCanceled && failed.timeLimit == nil
    }

    /// The first line of the reason: the place and the server's message, without the text of the file.
    var briefReason: String { String(reasonText.prefix { !$0.isNewline }) }

    private func advice(for failed: FailedStatement) -> String {
        if let limit = failed.timeLimit { return "\n\(limit)" }
        if failed.setsIsolation {
            return
                "\nThe transaction has begun by then. Say it on the marker line: -- migrate:\(step.direction.rawValue) isolation:serializable"
        }
        if failed.isRefusedInTransaction || failed.endsTransaction {
            return
                "\nPut it into a migration of its own, with: \(step.section.layout.noTransactionAdvice(step.direction))"
        }
        guard failed.meetsDependents, case .repeatable = step.identity else { return "" }
        return """

            Drop it first, with everything that depends on it: DROP … IF EXISTS … CASCADE; (the repeatable files of what goes \
            with it are run again after this one; what no file creates again is lost)
            """
    }

    private func lockText(_ failed: FailedStatement, _ attempts: Int, _ blockers: BlockerReport?) -> String {
        let who = blockers.map { "\nThe statement \($0)" } ?? ""
        let remedy = blockers?.remedy.map { "\n\($0)" } ?? ""
        return "\(failed.text)\nGave up after \(attempts) attempts to get the lock.\(who)\(remedy)"
    }

    private var leftText: String {
        switch left {
        case .nothing: "Nothing was left behind: its transaction was rolled back."
        case .position(let finished, let total, nil):
            "\(finished) of \(total) statements are done and recorded; the next run goes on with statement \(finished + 1)."
        case .position(let finished, let total, let uncertain?):
            """
            \(finished) of \(total) statements are done and recorded. Statement \(uncertain) was under way and may have taken \
            effect all the same: \(advice(forUncertain: uncertain))
            """
        case .committedPart:
            "What stands before that line was committed and is not recorded: undo it by hand, or make the file match."
        case .unknown: "Whether it was committed is not known yet; the next run looks it up in the ledger."
        }
    }

    private func advice(forUncertain ordinal: Int) -> String {
        let statements = step.section.statements
        let isLookedUp =
            statements.indices.contains(ordinal - 1) && ConcurrentCommand(statements[ordinal - 1]) != nil
        return isLookedUp
            ? "the next run looks into the catalog what became of it."
            : "look before you go on; the next run sends it again."
    }

    private var nextText: String {
        let command = "caisson migrate \(step.direction.rawValue)"
        let stays =
            completed.isEmpty
            ? "" : " What was done before it stays: \(completed.map(\.step.label).joined(separator: ", "))."
        switch reason {
        case .statement(let failed) where failed.error.sqlState == .readOnlyTransaction:
            return "\(ControlError.takesNoWrites). \(ControlError.wayToThePrimary)\(stays)"
        case .connectionLost, .lockTimeout, .outcomeUnknown, .indexUnderConstruction:
            return "Run the same command again: \(command).\(stays)"
        case .sessionNotRestorable(_, let line, _):
            return """
                Move the statements from line \(line) on into a new migration that makes what it needs itself; then: \
                \(command)\(stays)
                """
        default: return "Correct it, then: \(command)\(stays)"
        }
    }
}
