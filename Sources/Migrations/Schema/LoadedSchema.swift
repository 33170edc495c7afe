import SQLSyntax

/// What loading a dump came to.
public struct LoadedSchema: Hashable, Sendable {
    /// The dump's path.
    public let path: String

    /// How many statements were run.
    public let statements: Int

    /// The migrations that count as applied, in order.
    public let applied: [Migration]

    /// What the next `up` will run: files that are newer than the dump, and repeatable ones that have changed since.
    public let pending: [Migration]

    /// Options of foreign servers that the dump does not hold, because they may be secret; see ``SchemaDump/leftOut``.
    public let secretsLeftOut: [String]

    /// Those of the applied ones that bring rows when they are run, which a dump does not hold.
    public var rowsLeftOut: [Migration] {
        applied.filter { $0.up.statements.contains(where: \.bringsRows) }
    }

    /// Lays the files beside what the dump says.
    /// - Throws: `LoadError.disagreement`, `MigrationPlanError.statements`.
    init(_ dump: SchemaDump, files: [Migration]) throws {
        let comparison = MigrationComparison(
            available: files,
            applied: dump.ledger.map(\.applied),
            late: .ignore
        )
        let statuses = comparison.statuses
        // What the dump has must all be recorded, so here an older folder will not do.
        let conflicts = statuses.compactMap { status -> MigrationConflict? in
            if case .newer(let row) = status.state { .missing(row) } else { status.conflict }
        }
        guard conflicts.isEmpty else { throw LoadError.disagreement(path: dump.source.path, conflicts) }
        let problems = StatementProblem.find(in: dump.section)
        guard problems.isEmpty else { throw MigrationPlanError.statements(problems) }
        path = dump.source.path
        statements = dump.statements.count
        secretsLeftOut = dump.leftOut
        applied = statuses.filter(\.isContained).compactMap(\.migration)
        pending = statuses.filter { !$0.isContained }.compactMap(\.migration)
    }
}

extension MigrationStatus {
    /// The dump has it, by itself or as the migrations that it replaces.
    fileprivate var isContained: Bool {
        switch state {
        case .applied, .squashed: true
        case .pending, .partial, .ignored, .newer, .conflict: false
        }
    }
}

extension Statement {
    /// Puts rows into a table, as far as its first word tells.
    fileprivate var bringsRows: Bool {
        copyData?.isEmpty == false || text.prefix { $0.isLetter }.lowercased() == "insert"
    }
}
