/// Collects the names of statements.
struct ScriptNameReader {
    private(set) var names = ScriptNames()

    /// What becomes of a text.
    private enum Role {
        /// It is carried out: what it creates is there afterwards.
        case isExecuted
        /// The body of a SQL function, which the server checks when it is created.
        case isChecked
        /// The body of any other routine.
        case isDeferred
    }

    private static let families: [String: ScriptNames.Family] = [
        "table": .relation, "view": .relation, "sequence": .relation, "type": .relation, "domain": .relation,
        "schema": .relation, "index": .relation, "function": .routine, "procedure": .routine,
        "routine": .routine, "aggregate": .routine, "trigger": .trigger,
    ]

    private static let modifiers: Set = [
        "or", "replace", "temp", "temporary", "global", "local", "unlogged", "recursive", "materialized",
        "foreign", "unique", "constraint", "event",
    ]

    private static let relationPlaces: Set = [
        "from", "join", "into", "update", "table", "only", "on", "using", "references", "view", "setof",
        "returns", "type", "like", "of", "schema",
    ]

    /// Reads one statement.
    mutating func read(_ statement: NamePieces) { read(statement, .isExecuted) }

    private mutating func read(_ pieces: NamePieces, _ role: Role) {
        let body = bodyRole(of: pieces)
        var index = 0
        while index < pieces.indices.upperBound {
            if role == .isExecuted, pieces.isWord(index, ["drop"]), startsStatement(index, pieces) {
                index = readDrop(at: index, pieces)
                continue
            }
            if role == .isExecuted { readCreate(at: index, pieces) }
            if pieces.isName(index) {
                note(index, pieces, role)
            } else if let body, isBody(index, pieces), let content = pieces.content(index) {
                read(content, role == .isExecuted ? body : role)
            }
            index += 1
        }
    }

    // MARK: bodies

    /// What becomes of the strings in a statement; nil where they are only strings.
    private func bodyRole(of pieces: NamePieces) -> Role? {
        if pieces.isWord(0, ["do"]) { return .isExecuted }
        guard pieces.isWord(0, ["create"]) else { return nil }
        let kind = pieces.skip(Self.modifiers, from: 1)
        guard pieces.isWord(kind, ["function", "procedure"]) else { return nil }
        let language = pieces.indices.first { pieces.isWord($0, ["language"]) }
        return language.map { pieces.isWord($0 + 1, ["sql"]) } == true ? .isChecked : .isDeferred
    }

    private func isBody(_ index: Int, _ pieces: NamePieces) -> Bool {
        index > 0 && pieces.isWord(index - 1, ["as", "do"])
            || pieces.isWord(0, ["do"]) && !pieces.isWord(index - 1, ["language"])
    }

    private func startsStatement(_ index: Int, _ pieces: NamePieces) -> Bool {
        index == 0 || pieces.kind(index - 1) == .semicolon
            || pieces.isWord(index - 1, ["begin", "then", "else", "loop"])
    }

    // MARK: what comes and goes

    private mutating func readCreate(at index: Int, _ pieces: NamePieces) {
        if pieces.isWord(index, ["rename"]), pieces.isWord(index + 1, ["to"]), pieces.isName(index + 2),
            let (family, _) = kind(behind: 0, pieces)
        {
            names.created.insert(.init(family, pieces.text(index + 2)))
        }
        guard pieces.isWord(index, ["create"]), let (family, start) = kind(behind: index, pieces),
            !pieces.isWord(start, ["on"]), let (schema, name, _) = pieces.dottedName(at: start)
        else { return }
        names.created.insert(.init(family, schema: schema, name))
    }

    /// Behind CREATE, ALTER or DROP: what family it is about, and where the names begin.
    private func kind(behind index: Int, _ pieces: NamePieces) -> (ScriptNames.Family, Int)? {
        let kind = pieces.skip(Self.modifiers, from: index + 1)
        guard pieces.kind(kind) == .word, let family = Self.families[pieces.text(kind)] else { return nil }
        return (family, pieces.skip(["concurrently", "if", "not", "exists"], from: kind + 1))
    }

    /// The names of a DROP need not be there, so they are no mentions.
    private mutating func readDrop(at start: Int, _ pieces: NamePieces) -> Int {
        let end =
            pieces.indices[start...].first { pieces.kind($0) == .semicolon } ?? pieces.indices.upperBound
        guard let found = kind(behind: start, pieces) else { return end }
        let cascades = (start..<end).contains { pieces.isWord($0, ["cascade"]) }
        var index = found.1
        while index < end, let (schema, name, next) = pieces.dottedName(at: index) {
            names.dropped.insert(.init(.init(found.0, schema: schema, name), cascades: cascades))
            index = pieces.skipParentheses(at: next)
            guard pieces.kind(index) == .comma else { break }
            index += 1
        }
        return end
    }

    // MARK: mentions

    private mutating func note(_ index: Int, _ pieces: NamePieces, _ role: Role) {
        var head = index
        while pieces.kind(head - 1) == .dot, pieces.isName(head - 2) { head -= 2 }
        let isCast = pieces.kind(head - 1) == .operator && pieces.text(head - 1) == "::"
        let mention = ScriptNames.Mention(
            qualifier: head < index ? pieces.text(index - 2) : nil,
            isCalled: pieces.kind(index + 1) == .openParenthesis,
            isInRelationPlace: isCast || pieces.isWord(head - 1, Self.relationPlaces),
            isInTriggerPlace: pieces.isWord(head - 1, ["trigger"]),
            isDeferred: role == .isDeferred
        )
        names.mentions[pieces.text(index), default: []].insert(mention)
    }
}
