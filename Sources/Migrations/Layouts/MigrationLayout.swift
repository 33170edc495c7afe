/// How the files of a folder are named and marked: this tool's own way, or that of another.
public enum MigrationLayout: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// `1_name.sql` with `-- migrate:up` and `-- migrate:down`, pairs, and `R__name.sql`.
    case native
    /// The same files with several up and down sections, as dbmate allows.
    case dbmate
    /// `1_name.up.sql` and `1_name.down.sql` without markers.
    case golangMigrate = "golang-migrate"
    /// `1_name.sql` with `-- +goose Up` and `-- +goose Down`.
    case goose
    /// `V1.2__name.sql`, `U1.2__name.sql`, `R__name.sql`, in any folder below.
    case flyway
    /// `2026-11-21-093000_name/up.sql` and `down.sql`.
    case diesel
    /// `1_name.sql` that only goes up, or pairs; `-- no-transaction`.
    case sqlx
    /// `001_name.sql` with `---- create above / drop below ----`.
    case tern
    /// `1_name.sql` with `-- +migrate Up` and `-- +migrate Down`.
    case sqlMigrate = "sql-migrate"

    /// The name that `--layout` takes.
    public var description: String { rawValue }

    /// What the files look like, for people who have to choose.
    public var summary: String {
        switch self {
        case .native: "1_name.sql with -- migrate:up and -- migrate:down"
        case .dbmate: "1_name.sql with -- migrate:up and -- migrate:down, several of each"
        case .golangMigrate: "1_name.up.sql and 1_name.down.sql without markers"
        case .goose: "1_name.sql with -- +goose Up and -- +goose Down"
        case .flyway: "V1.2__name.sql, U1.2__name.sql, R__name.sql"
        case .diesel: "folders 2026-11-21-093000_name with up.sql and down.sql"
        case .sqlx: "1_name.sql without markers, or 1_name.up.sql and 1_name.down.sql"
        case .tern: "001_name.sql with ---- create above / drop below ----"
        case .sqlMigrate: "1_name.sql with -- +migrate Up and -- +migrate Down"
        }
    }

    /// What to write so that a file of this layout runs without a transaction around it.
    func noTransactionAdvice(_ direction: MigrationDirection) -> String {
        switch self {
        case .native, .dbmate: "-- migrate:\(direction.rawValue) transaction:false"
        case .goose: "-- +goose NO TRANSACTION"
        case .flyway: "executeInTransaction=false in the .sql.conf file beside it"
        case .diesel: "run_in_transaction = false in its metadata.toml"
        case .sqlx: "-- no-transaction"
        case .tern: "---- tern: disable-tx ----"
        case .sqlMigrate: "-- +migrate \(direction == .up ? "Up" : "Down") notransaction"
        case .golangMigrate: "nothing else beside it"
        }
    }

    /// How the part that reverts a migration is written.
    var downAdvice: String {
        switch self {
        case .native, .dbmate: "no -- migrate:down section"
        case .goose: "no -- +goose Down section"
        case .golangMigrate, .sqlx: "no .down.sql file beside it"
        case .flyway: "no U file of its version beside it"
        case .diesel: "no down.sql beside it"
        case .tern: "nothing below ---- create above / drop below ----"
        case .sqlMigrate: "no -- +migrate Down section"
        }
    }
}
