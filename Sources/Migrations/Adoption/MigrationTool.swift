/// A tool whose ledger can be taken over.
public enum MigrationTool: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// `schema_migrations` with one column.
    case dbmate
    /// `schema_migrations` with one row and the column `dirty`.
    case golangMigrate = "golang-migrate"
    /// `goose_db_version`.
    case goose
    /// `flyway_schema_history`.
    case flyway
    /// `__diesel_schema_migrations`.
    case diesel
    /// `_sqlx_migrations`.
    case sqlx
    /// `schema_version` with one row.
    case tern
    /// `gorp_migrations` with the names of files.
    case sqlMigrate = "sql-migrate"

    /// The name that `--from` takes.
    public var description: String { rawValue }

    /// What it calls its table unless told otherwise.
    public var usualTable: String {
        switch self {
        case .dbmate, .golangMigrate: "schema_migrations"
        case .goose: "goose_db_version"
        case .flyway: "flyway_schema_history"
        case .diesel: "__diesel_schema_migrations"
        case .sqlx: "_sqlx_migrations"
        case .tern: "schema_version"
        case .sqlMigrate: "gorp_migrations"
        }
    }

    /// How its files are written.
    public var layout: MigrationLayout {
        switch self {
        case .dbmate: .dbmate
        case .golangMigrate: .golangMigrate
        case .goose: .goose
        case .flyway: .flyway
        case .diesel: .diesel
        case .sqlx: .sqlx
        case .tern: .tern
        case .sqlMigrate: .sqlMigrate
        }
    }

    /// Whether its ledger tells only the last version, so that everything up to it has to be taken for applied.
    public var knowsOnlyTheLast: Bool { self == .golangMigrate || self == .tern }

    /// Whether no lock of its own keeps its runs apart; then its table is locked instead.
    var hasNoLock: Bool { self == .dbmate || self == .diesel || self == .sqlMigrate }
}
