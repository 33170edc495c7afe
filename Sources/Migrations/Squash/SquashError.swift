public import Postgres

/// Why migrations cannot become one. No file was changed.
public enum SquashError: Error, Sendable, CustomStringConvertible {
    /// The files are another tool's.
    case layout(MigrationLayout)
    /// No file has this version; those that were perhaps meant.
    case noFile(MigrationVersion, nearest: [String])
    /// There is one file up to the version.
    case nothingToSquash(String)
    /// The role may not make a database to try them in.
    case noScratch(PostgresError)
    /// They cannot be run from the beginning.
    case historyFailed(any Error)
    /// The new file does not run.
    case squashedFailed(any Error)
    /// The new file makes something else than the old ones; the first statement of a dump that differs, of either.
    case differs(expected: String, found: String)
    /// Rows that a backfill would have changed between two of the migrations.
    case rowsBehindBackfill(backfills: [String], tables: [String])
    /// The files could not be changed; the system's reason. They are as they were.
    case filesNotChanged(path: String, reason: String)
    /// The files could not be changed, nor put back; where they are.
    case filesInBetween(folder: String, archive: String, reason: String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .layout(let layout):
            """
            the files are written for \(layout), which could not read a squashed one
            Squash them with that tool, or begin with this tool's own files: caisson help migrate
            """
        case .noFile(let version, let nearest):
            """
            there is no migration with version \(version)\(nearest.isEmpty ? "" : "; did you mean \(nearest.joined(separator: " or "))?")
            See all of them: caisson migrate status
            """
        case .nothingToSquash(let label):
            "\(label) is the first migration: there is nothing to squash\nName a later one: caisson migrate squash --to VERSION"
        case .noScratch(let error):
            """
            no database could be made to try the migrations in: \(error)
            Use a private server: caisson migrate squash --local    or a role with the right: ALTER ROLE name CREATEDB;
            """
        case .historyFailed(let error):
            """
            the migrations do not run from the beginning in an empty database:
            \(error)
            No file was changed. On a server of its own (what belongs to the whole server, such as roles, is there only once): \
            caisson migrate squash --local
            """
        case .squashedFailed(let error):
            "the squashed file does not run: \(error)\nNo file was changed. Squash to an earlier version: --to VERSION"
        case .differs(let expected, let found):
            """
            the squashed file would make something else than the migrations do.
              the migrations:    \(Self.clipped(expected))
              the squashed file: \(Self.clipped(found))
            No file was changed. Squash to an earlier version: --to VERSION
            """
        case .rowsBehindBackfill(let backfills, let tables):
            """
            the migrations put rows into \(tables.listed), and wait for \(backfills.listed), \
            which may change them and is not run here
            No file was changed. Squash to a version before the first of them: --to VERSION
            """
        case .filesNotChanged(let path, let reason):
            "\(path) could not be written: \(reason). All files are as they were.\nCheck the folder's permissions, then run the same command again."
        case .filesInBetween(let folder, let archive, let reason):
            "the files could not all be moved (\(reason)), nor put back: some are in \(archive)\nMove them back: mv \(archive)/* \(folder)/"
        }
    }

    private static func clipped(_ text: String) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.isEmpty ? "(nothing)" : words.count > 200 ? words.prefix(200) + "…" : words
    }
}
