import Postgres

/// Why there is no plan. Nothing has been run.
public enum MigrationPlanError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Files and ledger disagree.
    case conflicts([MigrationConflict])
    /// No file and no row has this version; one that is close.
    case unknownVersion(MigrationVersion, nearest: String?)
    /// A migration on the way down has no down section; how far the way is open.
    case irreversible(label: String, file: String, lacks: String, reach: DownReach)
    /// Statements that cannot work where they stand.
    case statements([StatementProblem])
    /// The ledger's copy of a down section cannot be read.
    case unreadableLedgerText(label: String, MigrationFileError)
    /// A redo needs the file of what it reverts.
    case noFileToRedo(label: String)
    /// A number of steps below 1.
    case badSteps(Int)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .conflicts(let conflicts): conflicts.map(\.description).listedLines
        case .unknownVersion(let version, let nearest):
            """
            there is no migration with version \(version)\(nearest.map { "; did you mean \($0)?" } ?? "")
            See all of them: caisson migrate status
            """
        case .irreversible(let label, let file, let lacks, let reach):
            """
            \(label) cannot be reverted: \(file) has \(lacks)
            \(reach)Add it, or write a new migration that undoes it: caisson migrate new NAME
            """
        case .statements(let problems): problems.map(\.description).listedLines
        case .unreadableLedgerText(let label, let error):
            "the ledger's text of \(label) cannot be read: \(error)\nBring its file back, then run the same command again."
        case .noFileToRedo(let label):
            "\(label) cannot be applied again: its file is not here\nBring it back, or only revert: caisson migrate down"
        case .badSteps(let steps): "--steps \(steps): write a number from 1"
        }
    }
}
