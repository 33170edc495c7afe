/// A comment by which some tool tells what applies from what reverts, or otherwise steers how a file is run.
///
/// Read as plain SQL such a line means nothing, and what stands below it would run in the wrong direction: a file with
/// `-- +migrate Down` lost a table of a thousand rows that way.
struct DirectionMarker: Equatable {
    /// How sure it is that a tool reads the line.
    enum Kind: Equatable {
        /// A line of a known tool, or one in the manner of such a line.
        case marker(tool: String, advice: String)
        /// A heading such as `-- DOWN`, which is one only where SQL follows below.
        case heading
        /// What reverts the file, as the text of the comment itself.
        case note
        /// A line of a template, which another program fills in.
        case template
    }

    let kind: Kind

    /// Which way what stands below it goes; nil where it says something else.
    let direction: MigrationDirection?

    /// Reads a `--` comment; nil for one that steers nothing.
    init?(_ comment: String) {
        let text = CommentWords(comment)
        guard let first = text.first else { return nil }
        if let found = Self.marker(text, first) ?? Self.named(text) ?? Self.heading(text) {
            (kind, direction) = found
        } else {
            return nil
        }
    }

    private typealias Finding = (Kind, MigrationDirection?)

    // MARK: lines that begin with a sign

    private static func marker(_ text: CommentWords, _ first: Substring) -> Finding? {
        switch first.unicodeScalars.first {
        case "{" where first.hasPrefix("{{") || first.hasPrefix("{%"): (.template, nil)
        case "+": plus(text, first.dropFirst())
        case "@", "/": at(text, first.drop { "/@".contains($0) })
        case "!": exclamation(first.dropFirst())
        default: nil
        }
    }

    /// `+goose Up`, `+migrate Down`, `+micrate Up`, `+down`.
    private static func plus(_ text: CommentWords, _ word: Substring) -> Finding? {
        guard word.unicodeScalars.first?.properties.isAlphabetic == true else { return nil }
        let direction = DirectionWords.direction(text.words.dropFirst().first ?? word)
        switch word.lowercased() {
        case "goose": return (.marker(tool: "goose", advice: "name it: --layout goose"), direction)
        case "migrate":
            return (.marker(tool: "sql-migrate", advice: "name it: --layout sql-migrate"), direction)
        default:
            guard let direction else { return nil }
            return (.marker(tool: "another tool", advice: advice(direction)), direction)
        }
    }

    /// `//@UNDO` of MyBatis, `@DOWN`.
    private static func at(_ text: CommentWords, _ word: Substring) -> Finding? {
        let isBare = word.isEmpty ? text.words.dropFirst().first : word
        guard text.words.count <= 2, let named = isBare?.drop(while: { $0 == "@" }),
            let direction = DirectionWords.direction(named)
        else { return nil }
        return (.marker(tool: "MyBatis", advice: advice(direction)), direction)
    }

    /// `!Ups` and `!Downs` of Play.
    private static func exclamation(_ word: Substring) -> Finding? {
        guard let direction = DirectionWords.direction(word) else { return nil }
        return (.marker(tool: "Play's evolutions", advice: advice(direction)), direction)
    }

    // MARK: lines of words

    private static func named(_ text: CommentWords) -> Finding? {
        let letters = text.letters
        switch letters.first {
        case "migrate" where text.first?.lowercased().hasPrefix("migrate:") == true:
            guard letters.count > 1, let direction = DirectionWords.direction(letters[1]) else { return nil }
            return (.marker(tool: "dbmate", advice: "name it: --layout native"), direction)
        case "create" where letters.starts(with: ["create", "above", "drop", "below"]):
            return (.marker(tool: "tern", advice: "name it: --layout tern"), .down)
        case "up" where letters.dropFirst().first == "migration",
            "down" where letters.dropFirst().first == "migration":
            let direction: MigrationDirection = letters.first == "up" ? .up : .down
            return (.marker(tool: "node-pg-migrate", advice: advice(direction)), direction)
        case "rambler":
            guard letters.count > 1, let direction = DirectionWords.direction(letters[1]) else { return nil }
            return (.marker(tool: "rambler", advice: advice(direction)), direction)
        case "liquibase" where letters.starts(with: ["liquibase", "formatted", "sql"]),
            "changeset" where text.words.dropFirst().first?.contains(":") == true:
            return (.marker(tool: "Liquibase", advice: liquibase), nil)
        case "rollback" where text.saysSQL(behind: "rollback"): return (.note, .down)
        case "deploy", "revert", "verify": return sqitch(text, letters)
        case "atlas": return atlas(text)
        default: return nil
        }
    }

    private static let liquibase =
        "write its changesets as files of their own: caisson migrate new NAME"

    /// `Revert project:change from pg`, the first line of every file of Sqitch.
    private static func sqitch(_ text: CommentWords, _ letters: [String]) -> Finding? {
        guard text.words.count >= 4, text.words[1].contains(":"),
            ["from", "to", "on"].contains(text.words[2].lowercased()), letters.last == "pg"
        else { return nil }
        let direction: MigrationDirection? = letters.first == "deploy" ? .up : .down
        return (
            .marker(tool: "Sqitch", advice: "name the folder of what it deploys, file by file"), direction
        )
    }

    /// Atlas's directives change how a file is run, but for those that only concern its linter.
    private static func atlas(_ text: CommentWords) -> Finding? {
        let word = text.first?.dropFirst("atlas:".count) ?? ""
        guard ["txmode", "delimiter", "checkpoint", "txtar", "import", "assert"].contains(word) else {
            return nil
        }
        let advice = "do what it asks for by hand, then remove the line"
        return (.marker(tool: "Atlas", advice: advice), nil)
    }

    /// `DOWN`, `==== Rollback ====`, `down migration script`, `Roll back:`.
    private static func heading(_ text: CommentWords) -> Finding? {
        var letters = text.letters
        if letters.starts(with: ["roll", "back"]) { letters.replaceSubrange(0..<2, with: ["rollback"]) }
        // "Down: drop the table" heads what follows; behind "Rollback:" people write how to go back, and nothing follows.
        if text.endsFirstWordInColon, letters.count > 1, let direction = DirectionWords.direction(letters[0])
        {
            if text.saysSQL(behind: letters[0]) { return (.note, direction) }
            return ["rollback", "revert"].contains(letters[0]) ? nil : (.heading, direction)
        }
        guard letters.count <= 3, !letters.isEmpty else { return nil }
        let directions = letters.compactMap { DirectionWords.direction($0) }
        let others = letters.filter { DirectionWords.direction($0) == nil }
        guard directions.count == 1, others.allSatisfy(DirectionWords.fillers.contains) else { return nil }
        return (.heading, directions[0])
    }

    private static func advice(_ direction: MigrationDirection) -> String {
        "write -- migrate:\(direction.rawValue) in its place"
    }
}

/// The words by which people and tools say which way a migration goes.
enum DirectionWords {
    private static let up: Set<String> = ["up", "ups", "upgrade"]
    private static let down: Set<String> = [
        "down", "downs", "downgrade", "undo", "rollback", "rollbacks", "revert", "reverse", "backward",
        "backwards",
    ]

    /// What stands beside them in a heading.
    static let fillers: Set<String> = [
        "migrate", "migration", "migrations", "script", "section", "part", "begin", "start", "sql",
        "direction", "name",
        "step", "steps",
    ]

    static func direction(_ word: some StringProtocol) -> MigrationDirection? {
        guard word.utf8.count <= 10 else { return nil }
        let word = word.lowercased()
        if down.contains(word) { return .down }
        return up.contains(word) ? .up : nil
    }

    /// Whether a word says that something goes back.
    static func isDown(_ word: some StringProtocol) -> Bool { direction(word) == .down }
}

/// A comment cut into words, as far as a marker could reach.
struct CommentWords {
    /// Pieces between white space.
    let words: [Substring]

    /// The runs of letters in lower case.
    let letters: [String]

    private let content: Substring

    init(_ comment: String) {
        content = comment.drop { $0 == "-" || $0 == " " || $0 == "\t" }
        // A marker is short, and to look at more would cost every sentence that people write into a file.
        let start = content.prefix(120)
        words = start.split { $0 == " " || $0 == "\t" || $0.isNewline }.prefix(6).map { $0 }
        letters = start.split { !$0.isLetter }.prefix(6).map { $0.lowercased() }
    }

    var first: Substring? { words.first }

    /// `Down: …`
    var endsFirstWordInColon: Bool { first?.last == ":" }

    /// Whether the comment goes on with a statement, which then stands in it and runs nowhere.
    func saysSQL(behind word: String) -> Bool {
        guard let at = letters.firstIndex(of: word), letters.count > at + 1 else { return false }
        return Self.verbs.contains(letters[at + 1])
    }

    /// Whether the comment is a statement that somebody has commented out.
    var isSQL: Bool { letters.first.map(Self.verbs.contains) ?? false }

    private static let verbs: Set<String> = [
        "drop", "alter", "create", "delete", "update", "insert", "truncate", "select", "revoke", "grant",
        "comment",
    ]
}
