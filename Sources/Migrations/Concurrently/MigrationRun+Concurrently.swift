import Postgres
import SQLSyntax

/// A statement outside a transaction that is being run.
struct BareStatement {
    let index: Int
    let step: MigrationStep
    /// Whether an earlier attempt was begun and did not come to its recorded end.
    let isRepeated: Bool
    /// Whether that attempt had no error either, so that it may have been done.
    let mayBeDone: Bool

    var statement: Statement { step.section.statements[index] }
    var file: String { step.section.source.path }
    var ordinal: Int { index + 1 }
}

extension MigrationRun {
    /// Sends a statement that cannot run in a transaction, so that it is done whatever an earlier attempt has left.
    func sendBare(_ bare: BareStatement) throws {
        guard connection.transactionStatus == .idle, let command = ConcurrentCommand(bare.statement) else {
            return try sendWithEvents(bare.index, of: bare.step)
        }
        switch command {
        case .createIndex(let index): try createIndex(index, bare)
        case .dropIndex(let index): try dropIndex(index, bare)
        case .reindex(let reindexing): try reindex(reindexing, bare)
        case .detachPartition(let table, let partition): try detach(partition, from: table, bare)
        }
    }

    private func dropIndex(_ index: String, _ bare: BareStatement) throws {
        if bare.mayBeDone, try !connection.queryOne(ConcurrentStatements.exists(index), as: Bool.self) {
            return hooks.onEvent(.foundDone(bare.step, ordinal: bare.ordinal))
        }
        try sendWithEvents(bare.index, of: bare.step)
    }

    private func reindex(_ reindexing: Reindexing, _ bare: BareStatement) throws {
        if bare.isRepeated {
            for name in try connection.query(ConcurrentStatements.leftovers(of: reindexing), as: String.self)
            {
                try dropInvalidIndex(name, bare)
            }
        }
        try sendWithEvents(bare.index, of: bare.step)
        guard reindexing.object == .index, let name = reindexing.name,
            let invalid = try connection.queryOptional(
                ConcurrentStatements.invalidIndex(name),
                as: String.self
            )
        else { return }
        throw StepFailure(.invalidIndex(name: invalid, file: bare.file, line: bare.statement.line))
    }

    /// "If the second transaction is cancelled or a crash occurs, there's ALTER TABLE ... DETACH PARTITION ...
    /// FINALIZE, which executes the final steps"; the statement itself would be refused from then on.
    private func detach(_ partition: String, from table: String, _ bare: BareStatement) throws {
        let isPending = try connection.queryOptional(
            ConcurrentStatements.isDetachPending(partition, from: table),
            as: Bool.self
        )
        switch isPending {
        case true?:
            hooks.onEvent(.finalizingDetach(bare.step, partition: partition))
            try sendInstead(ConcurrentStatements.finalizeDetach(partition, from: table), bare)
        case nil where try bare.mayBeDone && exist(table, partition):
            hooks.onEvent(.foundDone(bare.step, ordinal: bare.ordinal))
        default: try sendWithEvents(bare.index, of: bare.step)
        }
    }

    private func exist(_ names: String...) throws(PostgresError) -> Bool {
        for name in names where try !connection.queryOne(ConcurrentStatements.exists(name), as: Bool.self) {
            return false
        }
        return true
    }

    func dropInvalidIndex(_ name: String, _ bare: BareStatement) throws {
        hooks.onEvent(.droppingInvalidIndex(bare.step, name: name))
        try sendInstead(ConcurrentStatements.dropIndex(name), bare)
    }

    /// Sends another statement on behalf of one of the file; what goes wrong is told at the file's.
    func sendInstead(_ sql: SQL, _ bare: BareStatement) throws {
        do {
            _ = try watching(bare.index, of: bare.step) { try connection.execute(sql) }
        } catch let error as PostgresError {
            throw FailedStatement(
                error,
                standingIn: bare.statement,
                ordinal: bare.ordinal,
                in: bare.step.section.source
            )
        }
    }
}
