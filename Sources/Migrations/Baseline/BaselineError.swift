/// Why a database cannot be said to be at a version. Nothing has been written.
public enum BaselineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No file has this version; those that were perhaps meant.
    case noFile(MigrationVersion, nearest: [String])
    /// A later migration was applied by this tool already.
    case beforeApplied(MigrationVersion, newest: String)
    /// There is nothing in the database that could be at any version.
    case emptyDatabase(MigrationVersion)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noFile(let version, let nearest):
            """
            there is no migration with version \(version)\(nearest.isEmpty ? "" : "; did you mean \(nearest.joined(separator: " or "))?")
            See all of them: caisson migrate status
            """
        case .beforeApplied(let version, let newest):
            """
            \(version) comes before \(newest), which was applied here: the database is past that version
            See what is applied: caisson migrate status    Late files are applied with: caisson migrate up --out-of-order run
            """
        case .emptyDatabase(let version):
            """
            this database is empty, so its schema is not that of version \(version)
            Build it: caisson migrate up --to \(version)    or check which database this is: --database URL
            """
        }
    }
}
