import Foundation

/// What another tool's ledger says of one migration.
struct ForeignRecord: Hashable, Sendable {
    /// Which files it speaks of.
    enum Subject: Hashable, Sendable {
        /// The file with this version.
        case version(MigrationVersion)
        /// The file with this version and all before it: golang-migrate and tern keep nothing else.
        case upTo(MigrationVersion)
        /// All files up to this version, of which there need not be one: a baseline.
        case baseline(MigrationVersion)
        /// A repeatable file with this description.
        case repeatable(String)
    }

    /// What the tool kept of the text.
    enum Checksum: Hashable, Sendable {
        /// Flyway's number over the lines.
        case flyway(Int32)
        /// sqlx's SHA-384 in hexadecimal digits.
        case sqlx(String)
    }

    let subject: Subject
    var checksum: Checksum?
    var appliedAt: Date?
    var duration: Duration?
    /// False when the tool says that it stopped half way.
    var isFinished = true
    /// What a program applied that is compiled elsewhere and needs no file here; its description.
    var program: String?
}
