/// A file that stands for many, built and tried; not written yet.
public struct SquashedMigration: Hashable, Sendable {
    /// Which files it stands for.
    public let plan: SquashPlan

    /// The file as a migration.
    public let migration: Migration

    /// How many statements it has.
    public var statements: Int { migration.up.statements.count }

    /// The tables whose rows the old files brought, and the new one brings.
    public let tablesWithRows: [String]

    init(_ plan: SquashPlan, _ dumped: DumpedStatements) throws {
        let floor = VersionFloor.highest(plan.replaced).map { " breaks-before:\($0)" } ?? ""
        let header =
            "-- migrate:up\(floor)\n" + SquashHeader.lines(plan.replaced.map(MigrationFingerprint.init))
        let text = header + "\n" + DumpedStatements.preamble + "\n\n" + dumped.text
        let (up, _) = try MigrationFile(SourceFile(path: plan.path, text: text)).sections()
        migration = Migration(identity: .version(plan.version), name: "squashed", up: up, down: nil)
        tablesWithRows = dumped.tablesWithRows
        self.plan = plan
    }

    /// What becomes of the old files.
    public enum OldFiles: Hashable, Sendable {
        /// They are moved into `SquashPlan.archive`, a folder that is not looked into.
        case move
        /// They are deleted.
        case delete
    }
}
