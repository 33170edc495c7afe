import Control
public import Postgres
public import SQLSyntax

/// A file from which a fresh database is set up: the statements that make a schema, and the ledger that goes with it.
///
/// The same schema and the same ledger give the same bytes.
public struct SchemaDump: Hashable, Sendable {
    static let title =
        "-- The schema of a database, written by caisson migrate dump. Load it with: caisson migrate load"
    static let ledgerMark = "-- caisson:ledger 1"
    static let entryMark = "-- caisson:applied "

    /// The file's text.
    public let source: SourceFile

    /// What makes the schema.
    public let statements: [Statement]

    /// What the ledger of its database held: versioned migrations in order, then repeatable ones.
    public let ledger: [MigrationFingerprint]

    /// What it does not hold, because it may be secret: the options of foreign servers, and of which, such as
    /// `password: CREATE USER MAPPING FOR app SERVER far`. Whoever loads it sets them by hand.
    public let leftOut: [String]

    /// Puts together what `pg_dump --schema-only` wrote and what the ledger holds.
    ///
    /// - Parameters:
    ///   - path: where it will be written, for messages.
    ///   - output: the whole output of `pg_dump`, without the tables that `LedgerContents.leftOut` names.
    /// - Throws: `SchemaDumpError.unreadable`.
    public init(path: String, pgDump output: String, _ contents: LedgerContents) throws(SchemaDumpError) {
        let refresh = contents.filledViews.map { "REFRESH MATERIALIZED VIEW \($0.quoted);\n" }
        // A repeatable one that has to run again has no checksum, and will be pending where the dump is loaded.
        let ledger = contents.rows.filter { !$0.checksum.isEmpty }.map(MigrationFingerprint.init)
        let parts =
            [
                Self.title + "\n", DumpedStatements.preamble + "\n",
                try DumpedStatements(output, ledger: contents.schema).withoutCredentials.text,
            ]
            + refresh + [
                ([Self.ledgerMark] + ledger.map { Self.entryMark + $0.line }).joined(separator: "\n")
            ]
        let text = parts.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
        try self.init(path: path, bytes: Array(text.utf8))
    }

    /// Reads a file.
    /// - Throws: `SchemaDumpError` when it is not one that `migrate dump` has written.
    public init(path: String, bytes: [UInt8]) throws(SchemaDumpError) {
        do {
            source = try SourceFile(path: path, bytes: bytes)
        } catch {
            throw .unreadable(path: path, reason: error.description)
        }
        let script: Script
        do {
            script = try StatementSplitter.scan(source.bytes)
        } catch {
            throw .unreadable(path: path, reason: "\(error)")
        }
        statements = script.statements
        ledger = try Self.ledger(source, script.comments)
        let comments = script.comments.filter { $0.place == .betweenStatements && $0.startsLine }
        leftOut = comments.map { [source] in source.text($0.range) }
            .filter { $0.hasPrefix(CredentialOptions.mark) }
            .map { String($0.dropFirst(CredentialOptions.mark.count)) }
    }

    private static func ledger(
        _ source: SourceFile,
        _ comments: [ScriptComment]
    ) throws(SchemaDumpError) -> [MigrationFingerprint] {
        let path = source.path
        let comments = comments.filter { $0.place == .betweenStatements && $0.startsLine }.map { comment in
            (text: source.text(comment.range), line: comment.line)
        }
        guard let mark = comments.first(where: { $0.text.hasPrefix("-- caisson:ledger") }) else {
            throw .noLedger(path: path)
        }
        guard mark.text == ledgerMark else { throw .newerFormat(path: path, found: mark.text) }
        var entries: [MigrationFingerprint] = []
        for (text, line) in comments where text.hasPrefix(entryMark) {
            guard let entry = MigrationFingerprint(line: text.dropFirst(entryMark.count)) else {
                throw .badEntry(path: path, line: line)
            }
            entries.append(entry)
        }
        return entries
    }

    /// The statements as a section, to be sent like those of a migration.
    var section: MigrationSection {
        MigrationSection(
            direction: .up,
            source: source,
            range: 0..<source.bytes.count,
            options: MigrationOptions(),
            statements: statements
        )
    }
}

/// What a dump takes from the database beside its schema.
public struct LedgerContents: Hashable, Sendable {
    /// The rows: versioned migrations in order, then repeatable ones.
    public let rows: [AppliedMigration]

    /// The materialized views that have been filled, one that reads another behind it.
    public let filledViews: [Identifier]

    /// The server's version as one number: 150018 is 15.18.
    public let serverVersion: Int

    /// The tables of this tool, to be handed to `pg_dump` with `DumpContents`.
    public var leftOut = DumpContents.LeftOut.nothing

    /// The schema of the ledger, which is made before the dump is loaded.
    var schema = ControlSchema()
}
