import Postgres

/// Why a file cannot be accepted as it is. Nothing was changed.
public enum AcceptanceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No file and no row has this version; all that do.
    case unknownVersion(MigrationVersion, known: [String])
    /// File and ledger agree.
    case nothingToAccept(label: String, state: String)
    /// Its file is not here, and to accept that would have the ledger forget it.
    case wouldForget(label: String, version: String)
    /// It was never applied, so there is nothing that the ledger could take over.
    case late(label: String)
    /// The reason is empty.
    case noReason

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .unknownVersion(let version, let known):
            """
            there is no migration with version \(version)\(NearestNames.of(version.text, in: known).first.map { "; did you mean \($0)?" } ?? "")
            See all of them: caisson migrate status
            """
        case .nothingToAccept(let label, let state):
            "\(label) is \(state): file and ledger do not disagree about it\nSee all of them: caisson migrate status"
        case .wouldForget(let label, let version):
            """
            there is no file of \(label), so all that could be accepted is that the ledger forgets it; a program that has the file \
            would then apply it once more
            If that program is only newer, nothing is to be accepted. If the file was removed for good: caisson migrate accept \(version) --forget --reason TEXT
            """
        case .late(let label):
            """
            \(label) was never applied, so there is nothing to accept
            Apply it: caisson migrate up --out-of-order run    or leave it alone: caisson migrate up --out-of-order ignore
            """
        case .noReason: "the reason is empty: write why, it is kept in the journal: --reason TEXT"
        }
    }
}
