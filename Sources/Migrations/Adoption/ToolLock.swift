import Postgres

/// The advisory locks by which the other tools keep their own runs apart.
enum ToolLock {
    /// The keys that a tool may hold while it works on a table; none for a tool without a lock.
    static func keys(of tool: MigrationTool, on table: ForeignTable, database: String) -> [Int64] {
        switch tool {
        case .dbmate, .diesel, .sqlMigrate: []
        // The command line takes the database's name from the URL with its slash, the library without.
        case .golangMigrate: [database, "/" + database].map { golangMigrate(table, $0) }
        case .goose: [4_097_083_626]
        // "Flyway" in six bytes and Java's hash of the quoted name.
        case .flyway: [0x466C_7977_6179 + Int64(javaHash(table.identifier.quoted))]
        case .sqlx: [0x3D32_AD9E * Int64(CRC32.of(database))]
        case .tern: [9_628_173_550_095_224]
        }
    }

    private static func golangMigrate(_ table: ForeignTable, _ database: String) -> Int64 {
        let name = [table.schema, table.name, database].joined(separator: "\0")
        return Int64(CRC32.of(name) &* 1_486_364_155)
    }

    /// `String.hashCode` of Java.
    static func javaHash(_ text: String) -> Int32 {
        text.utf16.reduce(0) { $0 &* 31 &+ Int32($1) }
    }
}
