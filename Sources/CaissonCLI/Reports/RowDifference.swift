import Bulk

/// What a batch did to one row: only the columns that differ.
struct RowDifference: Sendable, Hashable {
    /// What happened to the row.
    enum Action: String, Sendable {
        case insert, update, delete
    }

    /// A column with its values; nil where there was or is no row.
    struct Column: Sendable, Hashable {
        let name: String
        let old: JSON?
        let new: JSON?
    }

    let action: Action
    /// The values of the primary key; the position in the list where the table has none.
    let key: [JSON.Member]
    let columns: [Column]

    /// Compares the row before and after.
    init(_ change: RowChange, key: [String]) {
        let before = change.before.flatMap(JSONParser.value)
        let after = change.after.flatMap(JSONParser.value)
        action = before == nil ? .insert : after == nil ? .delete : .update
        let row = after ?? before
        self.key = key.compactMap { name in row?[name].map { JSON.Member(name: name, value: $0) } }
        columns = Self.names(row).compactMap { name in
            let column = Column(name: name, old: before?[name], new: after?[name])
            guard column.old != column.new, !(before == nil && column.new == .null) else { return nil }
            return before != nil && after != nil || !key.contains(name) ? column : nil
        }
    }

    private static func names(_ row: JSON?) -> [String] {
        guard case .object(let members) = row else { return [] }
        return members.map(\.name)
    }

    var json: JSON {
        .object([
            "action": action.rawValue,
            "key": JSON.object(key),
            "columns": columns.map { column in
                JSON.object(["column": column.name, "old": column.old, "new": column.new])
            },
        ])
    }
}
