@testable import Migrations

extension AppliedMigration {
    /// The row of a file that was applied as it is.
    init(of migration: Migration) {
        self.init(
            identity: migration.identity,
            name: migration.name,
            checksum: migration.checksum,
            normalizedChecksum: migration.normalizedChecksum,
            upText: migration.up.text
        )
    }
}
