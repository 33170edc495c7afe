import Postgres

/// A sink whose names were found in the catalog. Pure: what can be said before any row is there.
struct SinkPlan: Sendable {
    enum Action: Sendable {
        case insert
        /// `setting` is empty for DO NOTHING; without a conflict clause it would be an insert.
        case upsert(conflict: ConflictTarget, setting: [TargetColumn])
        case update(setting: [TargetColumn])
        case delete
    }

    let table: TargetTable
    /// The columns in the order of the values in a row.
    let columns: [TargetColumn]
    /// The columns that rows are told apart by, in the order of locks; empty where an insert has none.
    let key: [TargetColumn]
    let keyNullsAreEqual: Bool
    let action: Action
    let duplicates: DuplicateRule
    let noOps: NoOpUpdates

    /// The strength that the write itself will need. `FOR NO KEY UPDATE` lets foreign keys of children be
    /// checked meanwhile; where a key changes, taking it first and the stronger one later could deadlock.
    var lockClause: SQL {
        let keyColumns = Set(table.uniqueKeys.flatMap(\.columns))
        return switch action {
        case .update(let setting) where !setting.contains { keyColumns.contains($0.name) }:
            "FOR NO KEY UPDATE"
        default: "FOR UPDATE"
        }
    }
}
