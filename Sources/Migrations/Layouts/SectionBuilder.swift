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
        return try section(direction, [all], in: all, transaction, obstacle: obstacle)
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
        for piece in pieces { statements += try split(piece) }
        var options = MigrationOptions()
        options.transactionMode = mode(transaction, statements)
        return MigrationSection(
            direction: direction,
            source: source,
            range: range,
            options: options,
            statements: statements,
            layout: layout,
            obstacle: obstacle
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

    private func split(_ piece: Range<Int>) throws(MigrationFileError) -> [Statement] {
        do {
            return try StatementSplitter.split(source.bytes, in: piece)
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
