import Postgres

/// Why another tool's ledger cannot be taken over. Nothing has been written.
public enum AdoptionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such table.
    case noTable(MigrationTool, name: String)
    /// Several schemas have one.
    case severalTables(MigrationTool, names: [String])
    /// The table is another tool's; whose, in words, and what to ask for instead.
    case otherTool(asked: MigrationTool, table: String, found: String, advice: String)
    /// A row that the tool would not have written.
    case unreadableRow(table: String, version: String)
    /// Another tool has applied migrations here, and this tool's ledger is empty: `up` would run them again.
    case notAdopted(MigrationTool, table: String, rows: Int)
    /// A ledger of this tool in another schema says that some of these files are applied; how many.
    case keptElsewhere(schema: String, count: Int)
    /// Everything in the ledger that does not fit the files.
    case mismatches([AdoptionMismatch])
    /// This tool's ledger has rows already.
    case alreadyKept(count: Int, schema: String)
    /// There is no adoption that could be undone.
    case nothingToUndo(schema: String)
    /// Migrations were applied by this tool since the adoption, of which the other one does not know.
    case appliedSince([String])

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noTable(let tool, let name):
            """
            there is no table \(name) in this database, which would be the ledger of \(tool)
            Name the table: caisson migrate adopt --from \(tool) --table SCHEMA.NAME    or check the database: --database URL
            """
        case .severalTables(let tool, let names):
            """
            several schemas have a ledger of \(tool): \(names.listed)
            Name one: caisson migrate adopt --from \(tool) --table \(names.first ?? "SCHEMA.NAME")
            """
        case .otherTool(let asked, let table, let found, let advice):
            "\(table) is not a ledger of \(asked): its columns are those of \(found)\n\(advice)"
        case .unreadableRow(let table, let version):
            """
            the row \(version) of \(table) has no version that can be read
            Look at it: SELECT * FROM \(table);
            """
        case .notAdopted(let tool, let table, let rows):
            """
            \(table) says that \(tool) has been at work here (rows: \(rows)), of which this ledger knows nothing; \
            up would run everything again
            Go on from there: caisson migrate adopt --from \(tool) --dry-run    If the table is a leftover, rename or drop it.
            """
        case .keptElsewhere(let schema, let count):
            """
            the schema "\(schema)" has a ledger of this tool in which \(count) of these files \(count == 1 ? "is" : "are") applied, \
            and this ledger is empty; up would run everything again
            Go on with that one: caisson migrate up --schema \(Identifier(schema))    If it is a leftover, drop its tables.
            """
        case .mismatches(let mismatches): Self.text(mismatches)
        case .alreadyKept(let count, let schema):
            """
            the schema \(schema) has a ledger with \(count) migrations already
            Look at it: caisson migrate status    An adoption is taken back with: caisson migrate adopt --undo
            """
        case .nothingToUndo(let schema):
            """
            nothing was adopted into the schema \(schema), or it was undone already
            See what it holds: caisson migrate status
            """
        case .appliedSince(let labels):
            """
            since the adoption these were applied, of which the other tool does not know: \(labels.listed)
            Revert them first: caisson migrate down --steps \(labels.count)    then: caisson migrate adopt --undo
            """
        }
    }

    private static func text(_ mismatches: [AdoptionMismatch]) -> String {
        """
        the ledger and the files do not fit:
        \(mismatches.map { "  \($0)" }.listedLines)
        Nothing was written. Settle all of these, then run the same command again.
        """
    }
}

/// One thing in another tool's ledger that does not fit the files.
public enum AdoptionMismatch: Hashable, Sendable, CustomStringConvertible {
    /// Applied, and there is no file; its version or description.
    case noFile(String)
    /// The file is not what was applied.
    case changed(file: String, label: String)
    /// The other tool says that it stopped half way: the migration, and by what `--resolve` is told of it.
    case unfinished(label: String, Migration.Identity, MigrationTool)
    /// The other tool does not say that this one stopped half way.
    case notUnfinished(AdoptionResolution)

    /// What is wrong and how to settle it.
    public var description: String {
        switch self {
        case .noFile(let version):
            "\(version) was applied, but its file is not here: bring it back, or name its folder with --migrations"
        case .changed(let file, let label):
            "\(file) was changed after \(label) had been applied: put its text back, or have its own tool accept it"
        case .unfinished(let label, let identity, let tool):
            """
            \(label) \(Self.trouble(tool)). See what of it is there, finish or undo it by hand, then say how it stands:
                caisson migrate adopt --from \(tool) --resolve \(identity)=applied        everything is there
                caisson migrate adopt --from \(tool) --resolve \(identity)=not-applied    nothing of it is there
            """
        case .notUnfinished(let resolution):
            "\(resolution.identity) is not marked as half way: leave --resolve \(resolution) out"
        }
    }

    /// golang-migrate writes the version it goes to before it begins, on the way down the one before the file that it runs.
    private static func trouble(_ tool: MigrationTool) -> String {
        tool == .golangMigrate
            ? "is dirty: its way up, or the way down of the version behind it, stopped half way"
            : "failed half way, says \(tool)"
    }
}
