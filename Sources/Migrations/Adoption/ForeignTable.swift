import Postgres

/// A table that may be another tool's ledger.
struct ForeignTable: Hashable, Sendable {
    let schema: String
    let name: String
    /// Its columns and their types as PostgreSQL names them.
    let columns: [String: String]
    /// Whether Rails' table of settings lies beside it.
    var isBesideRails = false

    var identifier: Identifier { Identifier(schema, name) }

    /// Whose it is by its columns. Several tools call their table `schema_migrations`.
    enum Owner: Hashable, Sendable {
        /// A tool whose ledger can be taken over.
        case tool(MigrationTool)
        /// Rails, whose migrations are programs.
        case rails
        /// Nobody who is known here.
        case unknown
    }

    var owner: Owner {
        let names = Set(columns.keys)
        if names == ["version"] { return ownerOfVersions }
        if names == ["version", "dirty"] { return .tool(.golangMigrate) }
        if names.isSuperset(of: ["version_id", "is_applied"]) { return .tool(.goose) }
        if names.isSuperset(of: ["installed_rank", "version", "checksum", "success"]) {
            return .tool(.flyway)
        }
        if names == ["id", "applied_at"] { return .tool(.sqlMigrate) }
        if names == ["version", "run_on"] { return .tool(.diesel) }
        if names.isSuperset(of: ["version", "checksum", "success", "execution_time"]) { return .tool(.sqlx) }
        return .unknown
    }

    /// One column: a list of texts, or tern's single number.
    private var ownerOfVersions: Owner {
        switch columns["version"] {
        case "integer": .tool(.tern)
        case "character varying", "text": isBesideRails ? .rails : .tool(.dbmate)
        default: .unknown
        }
    }
}
