import SQLSyntax

/// A statement that cannot work where it stands, found before anything runs.
public struct StatementProblem: Hashable, Sendable, CustomStringConvertible {
    /// Why it cannot work.
    public enum Reason: Hashable, Sendable {
        /// The server refuses it inside a transaction block.
        case refusedInTransaction(command: String)
        /// It would end the migration's own transaction, or begin another.
        case controlsTransaction(command: String)
        /// The server refuses it outside of a transaction block.
        case refusedOutsideTransaction(command: String)
        /// The file needs the tool it was written for; in words.
        case needsItsTool(String)
    }

    /// The file.
    public let file: String

    /// The statement's line.
    public let line: Int

    /// Which way the section runs that it stands in.
    public let direction: MigrationDirection

    /// Why it cannot work.
    public let reason: Reason

    /// How the file is written, for the words of the advice.
    var layout = MigrationLayout.native

    /// Looks through a section.
    static func find(in section: MigrationSection) -> [StatementProblem] {
        if let obstacle = section.obstacle {
            return [problem(in: section, line: obstacle.line, .needsItsTool(obstacle.text))]
        }
        guard section.options.transactionMode == .perFile else { return outsideBlocks(section) }
        return section.statements.compactMap { statement in
            reason(statement.kind).map { problem(in: section, line: statement.line, $0) }
        }
    }

    /// What `transaction:false` leaves without the transaction that it needs. Where a block of the file's own begins and ends
    /// is told from the words; a procedure or function cannot open one.
    private static func outsideBlocks(_ section: MigrationSection) -> [StatementProblem] {
        var isInBlock = false
        return section.statements.compactMap { statement in
            if statement.opensBlock { isInBlock = true }
            if let end = statement.blockEnd { isInBlock = end == .commitAndChain || statement.chains }
            guard !isInBlock, case .refuses(let command)? = statement.blockNeed else { return nil }
            return problem(in: section, line: statement.line, .refusedOutsideTransaction(command: command))
        }
    }

    private static func problem(
        in section: MigrationSection,
        line: Int,
        _ reason: Reason
    ) -> StatementProblem {
        StatementProblem(
            file: section.source.path,
            line: line,
            direction: section.direction,
            reason: reason,
            layout: section.layout
        )
    }

    private static func reason(_ kind: StatementKind) -> Reason? {
        switch kind {
        case .outsideTransactionOnly(let command): .refusedInTransaction(command: command)
        case .transactionControl(let command): .controlsTransaction(command: command)
        case .ordinary, .copyFromStdin, .savepoint, .dependsOnTarget: nil
        }
    }

    /// `file:line: what cannot work and what to write instead`
    public var description: String {
        switch reason {
        case .refusedInTransaction(let command):
            """
            \(file):\(line): \(command) cannot run inside a transaction block
              Move it into a migration of its own \(Self.joint(layout)): \(layout.noTransactionAdvice(direction))
            """
        case .controlsTransaction(let command):
            """
            \(file):\(line): \(command) would end the transaction that holds this migration together
              Remove it: the file runs in one transaction anyway. (Or run it without: \(layout.noTransactionAdvice(direction)))
            """
        case .refusedOutsideTransaction(let command):
            """
            \(file):\(line): \(command) can only be used in a transaction block, and this file runs without one
              Put BEGIN; before it and COMMIT; behind what belongs to it, or let the whole file run in a transaction.
            """
        case .needsItsTool(let text): "\(file):\(line): \(text)"
        }
    }

    private static func joint(_ layout: MigrationLayout) -> String {
        [.native, .dbmate].contains(layout) ? "that begins with" : "with"
    }
}
