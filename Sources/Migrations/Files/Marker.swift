import SQLSyntax
import Postgres

/// A line `-- migrate:up` or `-- migrate:down` with its options.
struct Marker {
    let direction: MigrationDirection
    let options: MigrationOptions
    let range: Range<Int>
    let line: Int

    /// Reads a comment of a script; nil for one that has nothing to do with markers.
    init?(_ comment: ScriptComment, in file: SourceFile) throws(MigrationFileError) {
        func failure(_ reason: MigrationFileError.Reason) -> MigrationFileError {
            MigrationFileError(reason, file: file.path, line: comment.line)
        }
        let text = MarkerText(file.text(comment.range))
        guard let direction = text.direction else {
            // Block comments are where people put things that are not to count.
            guard !comment.isBlock, let suggestion = text.suggestion else { return nil }
            throw failure(.malformedMarker(found: text.shown, suggestion: suggestion))
        }
        guard !comment.isBlock else {
            throw failure(
                .malformedMarker(found: text.shown, suggestion: "write -- migrate:\(direction.rawValue)")
            )
        }
        guard comment.startsLine else {
            throw failure(.malformedMarker(found: text.shown, suggestion: "put it on a line of its own"))
        }
        if case .nested(let startLine) = comment.place {
            throw failure(.markerInsideStatement(startLine: startLine))
        }
        var options = MarkerOptions(direction: direction)
        for word in text.words.dropFirst() {
            do {
                try options.read(word)
            } catch {
                throw failure(error.reason)
            }
        }
        do {
            try options.check()
        } catch {
            throw failure(error.reason)
        }
        self.direction = direction
        self.options = options.options
        range = comment.range
        line = comment.line
    }
}

/// The text of a comment as somebody may have meant it for a marker.
struct MarkerText {
    private let comment: String
    private let content: Substring
    let words: [Substring]

    init(_ comment: String) {
        self.comment = comment
        let isBlock = comment.utf8.starts(with: "/*".utf8)
        content = Substring(comment.utf8.dropFirst(2).dropLast(isBlock ? 2 : 0))
        // By scalars: to ask characters is dear, and every file is asked.
        words = content.unicodeScalars.split(whereSeparator: \.separatesWords).map { Substring($0) }
    }

    /// The comment in one line, shortened.
    var shown: String {
        let line = comment.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count > 60 ? line.prefix(57) + "..." : line
    }

    var direction: MigrationDirection? {
        switch words.first {
        case "migrate:up": .up
        case "migrate:down": .down
        default: nil
        }
    }

    /// What to write instead, when the comment is not a marker but close to one; nil for ordinary comments.
    var suggestion: String? {
        guard let first = words.first else { return nil }
        if first == "+goose" || first == "+migrate" { return otherTool(words.dropFirst().first ?? "") }
        let letters = content.split { !$0.isLetter }.map { $0.lowercased() }
        guard let verb = letters.first, verb.count >= 5, verb.hasPrefix("m"),
            ["migrate", "migration", "migrations"].contains(where: { NearestNames.distance(verb, $0) <= 2 })
        else { return nil }
        let meant = letters.dropFirst().first.flatMap(Self.direction)
        if let meant, rest.allSatisfy({ $0.contains(":") }) { return "write -- migrate:\(meant.rawValue)" }
        let hasTightColon = first.lowercased().hasPrefix("migrate:") && first.count > "migrate:".count
        return hasTightColon || String(content).trimmedLowercase == "migrate:"
            ? "write -- migrate:up or -- migrate:down" : nil
    }

    /// The words behind `migrate up`, `migrate:up` or `migrate: up`.
    private var rest: ArraySlice<Substring> {
        let joined = words.first.map { $0.dropLast().contains { !$0.isLetter } } == true
        return words.dropFirst(joined ? 1 : words.count > 2 && words[1] == ":" ? 3 : 2)
    }

    /// Whether somebody seems to have meant one of this tool's markers.
    var looksNative: Bool {
        guard let first = words.first, !first.hasPrefix("+") else { return false }
        return suggestion != nil
    }

    private func otherTool(_ word: Substring) -> String {
        switch word.lowercased() {
        case "up": "that is another tool's; write -- migrate:up"
        case "down": "that is another tool's; write -- migrate:down"
        case "no": "that is another tool's; write transaction:false behind -- migrate:up"
        default: "that is another tool's and not needed here; remove the line"
        }
    }

    private static func direction(_ word: String) -> MigrationDirection? {
        if word.count >= 3, NearestNames.distance(word, "down") <= (word.count > 3 ? 2 : 1) { return .down }
        return word.count <= 3 && NearestNames.distance(word, "up") <= 1 ? .up : nil
    }
}

extension String {
    fileprivate var trimmedLowercase: String {
        split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
    }
}

extension Unicode.Scalar {
    fileprivate var separatesWords: Bool {
        isASCII ? self == " " || ("\t"..."\r").contains(self) : properties.isWhitespace
    }
}
