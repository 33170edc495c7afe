import Postgres

/// A disagreement between the files and the ledger that must be settled by a person.
public enum MigrationConflict: Hashable, Sendable, CustomStringConvertible {
    /// The file was changed after it had been applied.
    case edited(Migration, AppliedMigration)
    /// There is no file for what was applied.
    case missing(AppliedMigration)
    /// A newer program has applied what no program before a version can work with; the newest that there is a file for.
    case tooOld(AppliedMigration, floor: MigrationVersion, newest: MigrationVersion)
    /// A file that was never applied comes before one that was.
    case late(Migration, newest: AppliedMigration)
    /// The same text was applied under another version or name.
    case renamed(Migration, AppliedMigration)
    /// A half-applied file was changed in a statement that had been run already. Its place in the file, from
    /// 1.
    case appliedStatementChanged(Migration, ordinal: Int, line: Int?)
    /// A squashed file replaces migrations of which some were not applied here, or with another text; their labels.
    case partlySquashed(Migration, missing: [String], changed: [String])
    /// A migration is half way in the other direction.
    case halfWay(AppliedMigration)

    /// What is wrong and how to settle it.
    public var description: String {
        switch self {
        case .edited(let migration, let applied):
            """
            \(migration.path) was edited after it had been applied\(Self.when(applied)).
              Put its text back (the ledger keeps what ran, in the column up_text) and write the change into a new migration: caisson migrate new NAME
              Or, if the database already is as the file now says: caisson migrate accept \(applied.identity) --reason TEXT
            """
        case .missing(let applied):
            """
            \(applied.label) was applied\(Self.when(applied)), but its file is not here.
              Bring the file back (is this an older checkout?), or revert the migration with the text in the ledger: caisson migrate down
              Or, if it was removed for good, so that no program will ever have it again: caisson migrate accept \(applied.identity) --forget --reason TEXT
            """
        case .tooOld(let applied, let floor, let newest):
            """
            \(applied.label) was applied\(Self.when(applied)) by a newer program, and no program whose newest migration is older than \(floor) can work with that: here it is \(newest).
              Start a program that has \(floor), or revert the migration with the text in the ledger: caisson migrate down
            """
        case .late(let migration, let newest):
            """
            \(migration.path) was never applied, but the later \(newest.label) was.
              Rename it to a version after \(newest.identity), or apply it out of order: caisson migrate up --out-of-order run
            """
        case .renamed(let migration, let applied):
            """
            \(migration.path) has the text that was applied as \(applied.label)\(Self.when(applied)).
              Give the file its old name back: \(applied.label).sql
              Or let the ledger have the new one: caisson migrate accept \(migration.identity) --reason TEXT
            """
        case .appliedStatementChanged(let migration, let ordinal, let line):
            """
            \(migration.path)\(line.map { ":\($0)" } ?? ""): statement \(ordinal) of this half-applied file was changed or removed after it had run.
              Put it back as it was; only the statements behind the last one that ran may be changed.
            """
        case .partlySquashed(let migration, let missing, let changed):
            """
            \(migration.path) replaces \(migration.replaces.count) migrations, and this database has only a part of them\(Self.list(", not applied: ", missing))\(Self.list(", applied with another text: ", changed)).
              Bring it to \(migration.version?.text ?? "") with the files from before the squash (a checkout of that time, or the folder they were moved to): caisson migrate up --migrations DIR
              Then run the same command again.
            """
        case .halfWay(let applied):
            """
            \(applied.label) stopped half way \(applied.state == .reverting ? "down" : "up").
              Finish it first: caisson migrate \(applied.state == .reverting ? "down" : "up")
            """
        }
    }

    private static func list(_ words: String, _ labels: [String]) -> String {
        labels.isEmpty ? "" : words + labels.joined(separator: ", ")
    }

    private static func when(_ applied: AppliedMigration) -> String {
        applied.appliedAt.map { " at \($0.utcText)" } ?? ""
    }
}
