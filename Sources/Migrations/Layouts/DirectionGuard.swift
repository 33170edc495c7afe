import SQLSyntax

/// Keeps a section from running what some tool would not run there.
struct DirectionGuard {
    private let source: SourceFile
    private let layout: MigrationLayout
    private let direction: MigrationDirection

    init(_ source: SourceFile, _ layout: MigrationLayout, _ direction: MigrationDirection) {
        self.source = source
        self.layout = layout
        self.direction = direction
    }

    /// Looks through the comments of a section and says why it cannot be run, if so.
    ///
    /// What stands in a string, a body or a block comment is text. Readers of layouts whose tools find their markers
    /// there too cut the file by lines before this is asked.
    /// - Throws: `MigrationFileError` for a line of another tool.
    func obstacle(_ script: Script) throws(MigrationFileError) -> SectionObstacle? {
        var found: SectionObstacle?
        for (index, comment) in script.comments.enumerated() where !comment.isBlock && comment.startsLine {
            guard let marker = DirectionMarker(source.text(comment.range)) else { continue }
            switch marker.kind {
            case .marker(let tool, let advice):
                guard !isOwn(tool) else { continue }
                throw foreign(tool, advice, marker.direction, comment)
            case .template: found = found ?? template(comment.line)
            case .heading:
                guard isBetween(comment), hasStatement(behind: comment, script.statements),
                    !isFollowedByNote(comment, script.comments.dropFirst(index + 1).first)
                else { continue }
                found = found ?? heading(marker.direction, comment)
            case .note:
                guard !layout.saysDirections else { continue }
                found = found ?? note(comment)
            }
        }
        return found ?? script.templateLine.map(template)
    }

    private func template(_ line: Int) -> SectionObstacle {
        SectionObstacle(
            line: line,
            text:
                "this is a {{ template }} that another program fills in: write the text that it gives into the file"
        )
    }

    private func isOwn(_ tool: String) -> Bool {
        switch layout {
        case .native, .dbmate: tool == "dbmate"
        case .goose: tool == "goose"
        case .sqlMigrate: tool == "sql-migrate"
        case .tern: tool == "tern"
        case .golangMigrate, .flyway, .diesel, .sqlx: false
        }
    }

    private func isBetween(_ comment: ScriptComment) -> Bool {
        if case .betweenStatements = comment.place { true } else { false }
    }

    /// `-- Rollback:` above `-- DROP TABLE note;`: how to go back is written down and runs nowhere.
    private func isFollowedByNote(_ comment: ScriptComment, _ next: ScriptComment?) -> Bool {
        guard let next, next.line == comment.line + 1, !next.isBlock else { return false }
        return CommentWords(source.text(next.range)).isSQL
    }

    private func hasStatement(behind comment: ScriptComment, _ statements: [Statement]) -> Bool {
        statements.last.map { $0.range.lowerBound > comment.range.lowerBound } ?? false
    }

    private func foreign(
        _ tool: String,
        _ advice: String,
        _ said: MigrationDirection?,
        _ comment: ScriptComment
    ) -> MigrationFileError {
        let means = said.map { "says that what follows goes \($0.rawValue)" } ?? "changes how the file is run"
        return MigrationFileError(
            .foreignMarker(
                "\(shown(comment)) is a line of \(tool), which \(means); files of the layout \(layout) have none: \(advice)"
            ),
            file: source.path,
            line: comment.line
        )
    }

    private func heading(_ said: MigrationDirection?, _ comment: ScriptComment) -> SectionObstacle? {
        guard let said, said != direction else { return nil }
        return SectionObstacle(
            line: comment.line,
            text: """
                \(shown(comment)) reads as if what follows went \(said.rawValue), and it would be run on the way \(direction.rawValue)
                  Move it to where this layout has what goes \(said.rawValue) (\(layout.summary)). If it belongs here, word the comment otherwise.
                """
        )
    }

    private func note(_ comment: ScriptComment) -> SectionObstacle {
        SectionObstacle(
            line: comment.line,
            text: """
                \(shown(comment)) reads like a line of Liquibase, which tells what reverts the file; here it is a comment and would be lost
                  Move it to where this layout has what goes down (\(layout.summary)), or word the comment otherwise.
                """
        )
    }

    private func shown(_ comment: ScriptComment) -> String {
        let text = source.writtenText(comment.range)
        return text.count > 60 ? text.prefix(57) + "..." : text
    }
}

extension MigrationLayout {
    /// Whether a file or its name says which way its statements go, so that a comment need not.
    var saysDirections: Bool {
        switch self {
        case .native, .dbmate, .golangMigrate, .goose, .diesel, .sqlMigrate: true
        case .flyway, .sqlx, .tern: false
        }
    }
}
