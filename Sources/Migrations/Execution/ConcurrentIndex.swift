import Postgres
import SQLSyntax

/// The name and the table of a `CREATE INDEX CONCURRENTLY`.
struct ConcurrentIndex: Equatable {
    /// The index, in the schema of its table.
    let name: String
    /// The table as written.
    let table: String

    /// Nil for other statements, and for an index that leaves its name to the server.
    init?(_ statement: Statement) {
        guard statement.kind == .outsideTransactionOnly(command: "CREATE INDEX CONCURRENTLY") else {
            return nil
        }
        var words = NameReader(statement.text)
        words.skip("CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", "IF", "NOT", "EXISTS")
        guard !words.isAt("ON"), let name = words.name() else { return nil }
        words.skip("ON", "ONLY")
        guard let table = words.dottedName() else { return nil }
        self.name = name
        self.table = table
    }

    /// The schema-qualified name of the index if it exists and is invalid, and nobody is building it right
    /// now.
    func invalidLeftover(on connection: Connection) throws(PostgresError) -> String? {
        try connection.queryOptional(
            """
            SELECT format('%I.%I', namespace.nspname, class.relname)
            FROM pg_index AS index
            JOIN pg_class AS class ON class.oid = index.indexrelid
            JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
            WHERE index.indrelid = to_regclass(\(table)) AND class.relname = \(name) AND NOT index.indisvalid
              AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS build
                              WHERE build.index_relid = index.indexrelid)
            """,
            as: String.self
        )
    }
}

/// Steps over keywords and names at the beginning of a statement.
private struct NameReader {
    private let bytes: [UInt8]
    private var tokens: [Token] = []

    init(_ text: String) {
        bytes = Array(text.utf8)
        var lexer = Lexer(bytes)
        while tokens.count < 20, let token = try? lexer.nextSignificant() { tokens.append(token) }
        tokens.reverse()
    }

    private func text(_ token: Token) -> String { String(decoding: bytes[token.range], as: UTF8.self) }

    func isAt(_ keyword: String) -> Bool {
        tokens.last.map { $0.kind == .word && text($0).uppercased() == keyword } ?? false
    }

    mutating func skip(_ keywords: String...) {
        for keyword in keywords where isAt(keyword) { tokens.removeLast() }
    }

    mutating func name() -> String? {
        guard let token = tokens.last, token.isName else { return nil }
        tokens.removeLast()
        return (try? Identifier(parsing: text(token)))?.name
    }

    /// As written, quotes included: `to_regclass` reads it as SQL does.
    mutating func dottedName() -> String? {
        var parts = ""
        while let token = tokens.last, token.isName || token.kind == .dot {
            let endsName = token.isName && !parts.isEmpty && !parts.hasSuffix(".")
            if endsName { break }
            parts += text(token)
            tokens.removeLast()
        }
        return parts.isEmpty ? nil : parts
    }
}

extension MigrationRun {
    /// Builds an index concurrently so that what is there afterwards is a valid index.
    ///
    /// "If a problem arises while scanning the table ... the command will fail but leave behind an invalid
    /// index": a leftover would make the next attempt fail with "already exists", or be taken for done with
    /// `IF NOT EXISTS`.
    func withConcurrentIndex(
        _ statement: Statement,
        of step: MigrationStep,
        _ build: () throws -> Void
    ) throws {
        guard let index = ConcurrentIndex(statement) else { return try build() }
        if let leftover = try index.invalidLeftover(on: connection) {
            hooks.onEvent(.droppingInvalidIndex(step, name: leftover))
            try connection.execute("DROP INDEX CONCURRENTLY IF EXISTS \(unsafe: leftover)")
        }
        try build()
        if let invalid = try index.invalidLeftover(on: connection) {
            let place = step.section.source.path
            throw StepFailure(.invalidIndex(name: invalid, file: place, line: statement.line))
        }
    }
}
