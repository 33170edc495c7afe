import Postgres
import SQLSyntax

/// Reads the front matter of a `backfills/*.sql` file.
///
/// The front matter is the block of `-- key: value` comments at the top. A comment line that is indented by two or more
/// spaces behind its dashes continues the value above it:
///
/// ```sql
/// -- backfill: normalize_city_names
/// -- table: city
/// -- where: search_name IS NULL
/// -- verify: SELECT count(*) FROM city
/// --         WHERE search_name IS NULL
/// UPDATE city SET search_name = lower(unaccent(city.name)) FROM chunk WHERE city.id = chunk.id
/// ```
struct BackfillFile {
    /// The keys that a front matter may hold.
    enum Key: String, CaseIterable {
        case backfill, table, key, nulls, `where`, verify, acknowledge
        case lockTimeout = "lock-timeout"
        case statementTimeout = "statement-timeout"
    }

    /// A value and the line on which it begins.
    struct Field {
        var value: String
        let line: Int
        /// How many characters stand before each line of the value.
        var indents: [Int]
    }

    private let path: String
    private let lines: [Substring]
    private var fields: [Key: Field] = [:]
    private var acknowledgements: [Acknowledgement] = []
    private var bodyLine = 1

    /// Reads a file's text.
    ///
    /// - Throws: ``BackfillError/malformedFile(path:line:reason:)``.
    init(path: String, text: String) throws(BackfillError) {
        self.path = path
        let text = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        try readFrontMatter()
    }

    /// The definition that the file describes.
    func backfill() throws(BackfillError) -> Backfill {
        guard let tableField = fields[.table] else {
            throw failure(
                line: 1,
                "the front matter names no table; add a line \"-- table: NAME\" at the top"
            )
        }
        let table: Identifier
        do {
            table = try Identifier(parsing: tableField.value)
        } catch {
            throw failure(line: tableField.line, "\(error)")
        }
        return Backfill(
            name: try name(),
            table: table,
            key: try keyColumns(),
            nulls: try nulls(),
            condition: text(of: .where),
            verification: text(of: .verify),
            work: .sql(try statement()),
            limits: try limits(),
            acknowledgements: acknowledgements
        )
    }

    private mutating func readFrontMatter() throws(BackfillError) {
        var current: Key?
        for (index, line) in lines.enumerated() {
            bodyLine = index + 1
            let trimmed = String(line).trimmingSpaces
            if trimmed.isEmpty { continue }
            guard trimmed.hasPrefix("--") else { return }
            let place = Place(line: index + 1, text: line)
            current = try read(comment: trimmed.dropFirst(2), at: place, continuing: current)
        }
        bodyLine = lines.count + 1
    }

    /// A line of the file.
    private struct Place {
        let line: Int
        let text: Substring

        /// How many characters stand before a value with which the line ends.
        func indent(of value: String) -> Int {
            let end = String(text).trimmingSpacesAtEnd
            return max(0, end.unicodeScalars.count - value.unicodeScalars.count)
        }
    }

    private mutating func read(
        comment: Substring,
        at place: Place,
        continuing current: Key?
    ) throws(BackfillError) -> Key? {
        let line = place.line
        if comment.hasPrefix("  "), let current {
            let more = String(comment).trimmingSpaces
            fields[current]?.value += "\n" + more
            fields[current]?.indents.append(place.indent(of: more))
            return current
        }
        guard let colon = comment.firstIndex(of: ":") else { return nil }
        let word = String(comment[..<colon]).trimmingSpaces
        // A sentence with a colon in it is a comment like any other.
        guard !word.isEmpty, !word.contains(" ") else { return nil }
        guard let key = Key(rawValue: word.lowercased()) else { throw unknown(word, line: line) }
        guard fields[key] == nil else { throw failure(line: line, "\"\(key.rawValue)\" is given twice") }
        let value = String(comment[comment.index(after: colon)...]).trimmingSpaces
        guard !value.isEmpty else { throw failure(line: line, "\"\(key.rawValue)\" has no value") }
        guard key != .acknowledge else {
            try acknowledge(value, line: line)
            return nil
        }
        fields[key] = Field(value: value, line: line, indents: [place.indent(of: value)])
        return key
    }

    private func unknown(_ word: String, line: Int) -> BackfillError {
        let known = Key.allCases.map(\.rawValue)
        let near = NearestNames.of(word, in: known).first.map { "; did you mean \"\($0)\"?" } ?? "."
        return failure(
            line: line,
            "unknown front matter key \"\(word)\"\(near) Known are: \(known.joined(separator: ", "))"
        )
    }

    /// `W21 why it is meant`, as often as there are warnings.
    private mutating func acknowledge(_ value: String, line: Int) throws(BackfillError) {
        let words = value.split(separator: " ", maxSplits: 1)
        let reason = words.count > 1 ? String(words[1]).trimmingSpaces : ""
        guard !reason.isEmpty else {
            throw failure(line: line, "say why it is meant: -- acknowledge: \(words[0]) REASON")
        }
        let id = String(words[0])
        guard !acknowledgements.contains(where: { $0.id == id }) else {
            throw failure(line: line, "\(id) is acknowledged twice")
        }
        acknowledgements.append(Acknowledgement(id: id, reason: reason, place: "\(path), line \(line)"))
    }

    private func name() throws(BackfillError) -> String {
        let fileName = String(path.split(separator: "/").last ?? "").replacingSuffix(".sql")
        guard let field = fields[.backfill] else { return fileName }
        guard field.value.allSatisfy({ $0.isLetter || $0.isNumber || "_-.".contains($0) }) else {
            throw failure(
                line: field.line,
                "the name \"\(field.value)\" may hold letters, digits, _ - and . only"
            )
        }
        return field.value
    }

    private func keyColumns() throws(BackfillError) -> [String] {
        guard let field = fields[.key] else { return [] }
        var columns: [String] = []
        for part in field.value.split(separator: ",") {
            do {
                columns.append(try Identifier(parsing: String(part).trimmingSpaces).name)
            } catch {
                throw failure(line: field.line, "\(error)")
            }
        }
        return columns
    }

    private func nulls() throws(BackfillError) -> Backfill.NullKeys {
        guard let field = fields[.nulls] else { return .refuse }
        guard let nulls = Backfill.NullKeys(rawValue: field.value) else {
            throw failure(
                line: field.line,
                "\"nulls\" is \"last-range\" or \"refuse\", not \"\(field.value)\""
            )
        }
        return nulls
    }

    private func statement() throws(BackfillError) -> SQLText {
        let body = lines.dropFirst(bodyLine - 1).joined(separator: "\n")
        guard !body.trimmingSpaces.isEmpty else {
            throw failure(line: bodyLine, "there is no statement below the front matter")
        }
        return SQLText(body, file: path, line: bodyLine)
    }

    private func text(of key: Key) -> SQLText? {
        fields[key].map { SQLText($0.value, file: path, line: $0.line, indents: $0.indents) }
    }

    private func limits() throws(BackfillError) -> ChunkLimits {
        var limits = ChunkLimits()
        if let timeout = try timeout(.lockTimeout) { limits.lockTimeout = timeout }
        if let timeout = try timeout(.statementTimeout) { limits.statementTimeout = timeout }
        return limits
    }

    private func timeout(_ key: Key) throws(BackfillError) -> Timeout? {
        guard let field = fields[key] else { return nil }
        guard let timeout = Timeout(parsing: field.value) else {
            throw failure(
                line: field.line,
                "\"\(field.value)\" is no time; write \(Timeout.notation), such as 500ms, 5s or 2min"
            )
        }
        return timeout
    }

    private func failure(line: Int, _ reason: String) -> BackfillError {
        .malformedFile(path: path, line: line, reason: reason)
    }
}

extension String {
    fileprivate var trimmingSpacesAtEnd: String {
        var slice = self[...]
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice)
    }

    fileprivate func replacingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
