import Postgres

// What becomes of rows that are already there, and how rows point to each other.

extension SinkCheck {
    /// What the columns become; empty where no row is changed.
    mutating func settings() -> [SinkPlan.Setting] {
        switch sink.operation {
        case .insert, .delete, .upsert(_, .doNothing): return []
        case .update(let key):
            let setting = Array(sink.columns.dropFirst(key.count))
            if setting.isEmpty { problems.append(.noColumns("columns to set are")) }
            return setting.compactMap(table.column).map { SinkPlan.Setting(column: $0) }
        case .upsert(_, .updateAll):
            let rest = outsideKey
            if rest.isEmpty { problems.append(.noColumns("columns outside the key are")) }
            return rest
        case .synchronize: return outsideKey
        case .upsert(_, .update(let names)): return settings(names.map { .incoming($0) })
        case .upsert(_, .set(let assignments)): return settings(assignments)
        }
    }

    private var outsideKey: [SinkPlan.Setting] {
        let key = conflictKey?.columns ?? []
        let rest = sink.columns.filter { !key.contains($0) }
        return rest.compactMap(table.column).map { SinkPlan.Setting(column: $0) }
    }

    private mutating func settings(_ assignments: [Assignment]) -> [SinkPlan.Setting] {
        if assignments.isEmpty { problems.append(.noColumns("columns to update are")) }
        let incoming = assignments.filter { $0.expression == nil }.map(\.column)
        for name in incoming where table.column(name) != nil && !sink.columns.contains(name) {
            problems.append(.withoutValue(name))
        }
        var seen: Set<String> = []
        for assignment in assignments where !seen.insert(assignment.column).inserted {
            problems.append(.namedTwice(assignment.column))
        }
        // What is in the sink's columns was looked at there.
        let others = seen.sorted().filter { !sink.columns.contains($0) }
        problems += table.writeProblems(others.compactMap(table.column), isInsert: false, written: others)
        return zip(found(assignments.map(\.column)), assignments.filter { table.column($0.column) != nil })
            .map {
                SinkPlan.Setting(column: $0, expression: $1.expression)
            }
    }

    /// The columns of the adjacency list, when levels can be told by them.
    mutating func hierarchy() -> SinkPlan.PlannedHierarchy? {
        guard let hierarchy = sink.hierarchy else { return nil }
        let named = hierarchy.key + hierarchy.parent
        problems += named.filter { !sink.columns.contains($0) }.map { .withoutValue($0) }
        if hierarchy.key.isEmpty || hierarchy.key.count != hierarchy.parent.count {
            problems.append(.unevenHierarchy(key: hierarchy.key, parent: hierarchy.parent))
        }
        switch sink.operation {
        case .insert: break
        case .upsert:
            let conflict = conflictKey?.columns ?? hierarchy.key
            if Set(conflict) != Set(hierarchy.key) {
                problems.append(.hierarchyOverOtherKey(key: hierarchy.key, conflict: conflict))
            }
        case .update, .delete, .synchronize: problems.append(.hierarchyWithoutInsert)
        }
        return SinkPlan.PlannedHierarchy(
            key: hierarchy.key.compactMap(table.column),
            parent: hierarchy.parent.compactMap(table.column)
        )
    }
}
