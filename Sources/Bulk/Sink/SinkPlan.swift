import Postgres

/// A sink whose names were found in the catalog. Pure: what can be said before any row is there.
struct SinkPlan: Sendable {
    enum Action: Sendable {
        case insert
        /// `setting` is empty for DO NOTHING; without a conflict clause it would be an insert.
        case upsert(conflict: ConflictTarget, setting: [Setting])
        case update(setting: [Setting])
        case delete
        case synchronize(setting: [Setting], gone: GoneRows)
    }

    /// What one column becomes; without an expression the value of the row that comes.
    struct Setting: Sendable {
        let column: TargetColumn
        var expression: SQL?
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
    var updateCondition: SQL?
    var hierarchy: PlannedHierarchy?

    struct PlannedHierarchy: Sendable {
        let key: [TargetColumn]
        let parent: [TargetColumn]
    }

    /// The strength that the write itself will need. `FOR NO KEY UPDATE` lets foreign keys of children be
    /// checked meanwhile; where a key changes, taking it first and the stronger one later could deadlock.
    var lockClause: SQL {
        let keyColumns = Set(table.uniqueKeys.flatMap(\.columns))
        return switch action {
        case .update(let setting) where !setting.contains { keyColumns.contains($0.column.name) },
            .synchronize(let setting, gone: .keep)
        where !setting.contains { keyColumns.contains($0.column.name) }:
            "FOR NO KEY UPDATE"
        default: "FOR UPDATE"
        }
    }
}

extension SinkPlan {
    /// Whether rows of one set with the same key are settled before they are written. An insert leaves them to
    /// the table's unique keys, except that no order of levels exists for rows that share a key.
    var settlesDuplicates: Bool {
        if case .insert = action { return hierarchy != nil }
        return !key.isEmpty
    }

    /// Whether the rows must come in one statement, or at least in one set.
    var needsWholeSet: Bool {
        if case .synchronize = action { return true }
        return hierarchy != nil
    }
}
