import SQLSyntax

/// Makes sections of files that have no markers of this tool.
struct SectionBuilder {
    let source: SourceFile
    let layout: MigrationLayout

    /// How the transaction of a section is chosen.
    enum Transaction {
        /// The file or its settings say it.
        case fixed(MigrationOptions.TransactionMode)
        /// One transaction, unless a statement is refused in one: the tool looks for itself, or sends the file
        /// as it is.
        case byStatements
    }

    /// The whole file.
    func whole(
        _ direction: MigrationDirection,
        _ transaction: Transaction,
        obstacle: SectionObstacle? = nil
    ) throws(MigrationFileError) -> MigrationSection {
        let all = 0..<source.bytes.count
        let reversal = direction == .up ? nameObstacle : nil
        return try section(direction, [all], in: all, transaction, obstacle: obstacle ?? reversal)
    }

    /// Several pieces of the file, each ending its last statement.
    func section(
        _ direction: MigrationDirection,
        _ pieces: [Range<Int>],
        in range: Range<Int>,
        _ transaction: Transaction,
        obstacle: SectionObstacle? = nil
    ) throws(MigrationFileError) -> MigrationSection {
        var statements: [Statement] = []
        var found: SectionObstacle?
        for piece in pieces {
            let part = try scan(piece)
            let obstacle = try DirectionGuard(source, layout, direction).obstacle(part)
            found = found ?? obstacle
            statements += part.statements
        }
        var options = MigrationOptions()
        options.transactionMode = mode(transaction, statements)
        return MigrationSection(
            direction: direction,
            source: source,
            range: range,
            options: options,
            statements: statements,
            layout: layout,
            obstacle: obstacle ?? found
        )
    }

    /// A file without markers whose name ends in the word for the other way, such as `2_note_down.sql`.
    private var nameObstacle: SectionObstacle? {
        guard layout == .sqlx || layout == .tern, MigrationFileName.endsInReversal(source.path) else {
            return nil
        }
        return SectionObstacle(
            line: 1,
            text: """
                the name of this file ends as if it reverted something, and it would be run on the way up
                  Name what goes down VERSION_NAME.down.sql, beside VERSION_NAME.up.sql; name what goes up otherwise.
                """
        )
    }

    /// A section that is never run: of a file without statements, or of one in another language.
    func unreadable(_ direction: MigrationDirection, _ reason: String) -> MigrationSection {
        MigrationSection(
            direction: direction,
            source: source,
            range: 0..<source.bytes.count,
            options: MigrationOptions(),
            statements: [],
            layout: layout,
            obstacle: SectionObstacle(line: 1, text: reason)
        )
    }

    private func scan(_ piece: Range<Int>) throws(MigrationFileError) -> Script {
        do {
            return try StatementSplitter.scan(source.bytes, in: piece)
        } catch {
            throw MigrationFileError(error, file: source.path)
        }
    }

    private func mode(
        _ transaction: Transaction,
        _ statements: [Statement]
    ) -> MigrationOptions.TransactionMode {
        switch transaction {
        case .fixed(let mode): return mode
        case .byStatements:
            let own = OwnTransaction.removed(from: statements).statements
            return own.contains { $0.needsNoTransaction || $0.controlsTransaction } ? .perStatement : .perFile
        }
    }
}
