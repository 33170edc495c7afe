import Control
import Foundation
import Postgres

extension Migrator {
    /// Settles an edited, renamed or missing file in favour of what is there now: the ledger takes it over, the database
    /// stays as it is, and the journal keeps who did it, why, and what the row was before.
    ///
    /// - Parameter missing: whether the ledger may forget a migration whose file is not here.
    /// - Throws: `AcceptanceError` when there is nothing of the kind; `MigrationLockError`, and what `status()` throws.
    @discardableResult
    public func accept(
        _ version: MigrationVersion,
        reason: String,
        missing: Acceptance.MissingFile = .keep
    ) throws -> Acceptance {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw AcceptanceError.noReason }
        // Before the lock, so that a mistake is told at once.
        _ = try Acceptance(version, in: try status(), missing: missing)
        guard connection.takesWrites else { throw ControlError.standby }
        return try underLock { run in
            let acceptance = try Acceptance(version, in: try status(), missing: missing)
            try connection.transaction { try run.ledger.accept(acceptance, reason: reason, on: $0) }
            return acceptance
        }
    }
}

extension Ledger {
    /// Stores an acceptance with its record; belongs into a transaction.
    func accept(_ acceptance: Acceptance, reason: String, on connection: Connection) throws {
        let row = acceptance.applied
        let texts = LedgerStatements.texts(of: row.identity, in: schema)
        let (up, down) = try connection.queryOne(texts, as: String.self, String?.self)
        switch acceptance.change {
        case .takesText(let migration), .takesName(let migration):
            try connection.execute(LedgerStatements.replace(row.identity, by: migration, in: schema))
        case .forgets: try connection.execute(LedgerStatements.remove(row.identity, in: schema))
        }
        let record = AcceptanceRecord(
            reason: reason,
            change: acceptance.word,
            version: row.identity.description,
            name: row.name,
            checksum: row.checksum,
            upText: up,
            downText: down
        )
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let detail = String(decoding: try encoder.encode(record), as: UTF8.self)
        try journal.record("migration.accepted", subject: row.label, detail: detail, on: connection)
    }
}

/// What the journal keeps: why, and the row as it was.
private struct AcceptanceRecord: Encodable {
    let reason: String
    let change: String
    let version: String
    let name: String
    let checksum: String
    let upText: String
    let downText: String?
}

extension Acceptance {
    /// One word for what was accepted: `edited`, `renamed`, `missing`.
    public var word: String {
        switch change {
        case .takesText: "edited"
        case .takesName: "renamed"
        case .forgets: "missing"
        }
    }
}
