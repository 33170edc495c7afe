/// A tool whose folders are known by what lies in them, and are not read as they are.
enum ForeignProject: String, CaseIterable {
    case prisma = "Prisma"
    case drizzle = "Drizzle"
    case atlas = "Atlas"
    case supabase = "Supabase"
    case pop = "pop"
    case nodePgMigrate = "node-pg-migrate"
    case liquibase = "Liquibase"
    case sqitch = "Sqitch"
    case rails = "Rails"
    case alembic = "Alembic or Django"
    case javaScript = "Knex, Sequelize, TypeORM or another tool in JavaScript"
    case laravel = "Laravel or another tool in PHP"
    case ecto = "Ecto"

    /// Finds the tool of a folder whose files have no markers of a layout.
    init?(_ listing: FolderListing) {
        let names = listing.names
        guard let found = Self.allCases.first(where: { $0.isThere(names, listing) }) else { return nil }
        self = found
    }

    /// pop's pairs look like golang-migrate's, but say the database for which they are written.
    static func hasDialects(_ names: [String]) -> String? {
        names.first { name in
            guard MigrationFileName.isNumbered(name) else { return false }
            if name.hasSuffix(".fizz") { return true }
            let parts = name.utf8.split(separator: UInt8(ascii: ".")).dropFirst().dropLast()
            return name.hasSuffix(".sql") && parts.contains { dialects.contains(Substring($0).lowercased()) }
        }
    }

    private static let dialects: Set<String> = [
        "postgres", "postgresql", "mysql", "mariadb", "sqlite", "sqlite3", "cockroach", "cockroachdb",
        "mssql",
    ]

    private func isThere(_ names: [String], _ listing: FolderListing) -> Bool {
        switch self {
        case .prisma:
            names.contains("migration_lock.toml") || names.contains { $0.hasSuffix("/migration.sql") }
        case .drizzle: names.contains("meta/_journal.json")
        case .atlas: names.contains("atlas.sum")
        case .supabase: listing.isInSupabase
        case .pop: Self.hasDialects(names) != nil
        case .nodePgMigrate: listing.neighbours.contains(".node-pg-migraterc")
        case .liquibase: names.contains { $0.contains("changelog") && !$0.hasSuffix(".sql") }
        case .sqitch: names.contains("sqitch.plan") || listing.neighbours.contains("sqitch.plan")
        case .rails: has(names, ["rb"])
        case .alembic: has(names, ["py"]) || names.contains("alembic.ini") || names.contains("script.py.mako")
        case .javaScript: has(names, ["js", "ts", "cjs", "mjs"])
        case .laravel: has(names, ["php"])
        case .ecto: has(names, ["exs"])
        }
    }

    /// Programs that have a number in front.
    private func has(_ names: [String], _ endings: Set<Substring>) -> Bool {
        names.contains { name in
            MigrationFileName.isNumbered(name)
                && name.split(separator: ".").last.map(endings.contains) == true
        }
    }

    /// What to do with such a folder.
    var advice: String {
        switch self {
        case .prisma:
            """
            Copy each migration.sql to a file VERSION_NAME.sql with -- migrate:up as its first line, VERSION being the number of its folder. \
            \(Self.baseline)
            """
        case .drizzle, .supabase, .atlas:
            """
            Its files only go up, so they can be read as sqlx's are: --layout sqlx, or CAISSON_LAYOUT=sqlx in .env. \
            Files with directives that change how they are run are refused then. \(Self.baseline)
            """
        case .pop:
            """
            Keep what is for PostgreSQL, without the name of the database: VERSION_NAME.up.sql and VERSION_NAME.down.sql; \
            write .fizz files and templates as the SQL that they give. \(Self.baseline)
            """
        case .nodePgMigrate:
            "Write -- migrate:up in place of -- Up Migration, -- migrate:down in place of -- Down Migration. \(Self.baseline)"
        case .liquibase:
            "Write each changeset as a file of its own, what reverts it below -- migrate:down. \(Self.baseline)"
        case .sqitch:
            "Copy each file of deploy to VERSION_NAME.up.sql in the order of sqitch.plan, that of revert to VERSION_NAME.down.sql. \(Self.baseline)"
        case .rails, .alembic, .javaScript, .laravel, .ecto:
            """
            Its migrations are programs, which only their own tool can run. Leave what is there to it and write what comes next as SQL, \
            in a folder of its own: caisson migrate new NAME --migrations DIR
            """
        }
    }

    private static let baseline =
        "A database that has them already is told with: caisson migrate baseline VERSION"
}

extension FolderListing {
    /// `supabase/migrations`, with `config.toml` beside the folder.
    fileprivate var isInSupabase: Bool {
        guard neighbours.contains("config.toml") else { return false }
        let parts = absolutePath.split(separator: "/")
        return parts.dropLast().last == "supabase"
    }
}

extension MigrationFileName {
    /// Whether a file has a number in front, whatever it ends in.
    static func isNumbered(_ name: String) -> Bool {
        guard let first = name.utf8.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") else {
            return false
        }
        return !name.utf8.contains(UInt8(ascii: "/"))
    }
}
