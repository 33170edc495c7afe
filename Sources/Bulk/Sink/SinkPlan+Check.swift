import Postgres

/// What happens to values for a column that is `GENERATED ALWAYS AS IDENTITY`.
enum IdentityValues {
    /// They are an error, as they are in an INSERT.
    case refused
    /// They are stored, as COPY does.
    case overridden
}

extension SinkPlan {
    /// Finds the names of a sink in a table.
    ///
    /// - Throws: ``TargetError/unsuitable(_:_:)`` with all problems at once.
    init(_ sink: Sink, in table: TargetTable, identity: IdentityValues = .refused) throws(TargetError) {
        var check = SinkCheck(sink, table)
        let plan = check.plan()
        if identity == .overridden { check.problems.removeAll { $0.isIdentity } }
        guard check.problems.isEmpty, let plan else { throw .unsuitable(table.name, check.problems) }
        self = plan
    }
}

/// Collects what is wrong with a sink.
private struct SinkCheck {
    let sink: Sink
    let table: TargetTable
    var problems: [TargetError.Problem] = []

    init(_ sink: Sink, _ table: TargetTable) {
        (self.sink, self.table) = (sink, table)
    }

    mutating func plan() -> SinkPlan? {
        let columns = found(sink.columns)
        if sink.columns.isEmpty { problems.append(.noColumns("columns are")) }
        problems += table.writeProblems(columns, isInsert: isInsert, written: writtenColumns)
        let key = key()
        problems += key.map(\.name).filter { !sink.columns.contains($0) }.map { .withoutValue($0) }
        return SinkPlan(
            table: table,
            columns: columns,
            key: key,
            keyNullsAreEqual: conflictKey?.nullsAreEqual ?? false,
            action: action(),
            duplicates: duplicates,
            noOps: sink.noOps
        )
    }

    private var isInsert: Bool {
        switch sink.operation {
        case .insert, .upsert: true
        case .update, .delete: false
        }
    }

    /// The columns that really get a value: the key of an update only finds the row.
    private var writtenColumns: [String] {
        switch sink.operation {
        case .insert, .upsert: sink.columns
        case .update(let key): Array(sink.columns.dropFirst(key.count))
        case .delete: []
        }
    }

    private var duplicates: DuplicateRule {
        if let rule = sink.duplicates { return rule }
        if case .upsert(_, .doNothing) = sink.operation { return .firstWins }
        return .lastWins
    }

    private mutating func found(_ names: [String]) -> [TargetColumn] {
        names.compactMap { name in
            if let column = table.column(name) { return column }
            problems.append(
                .noSuchColumn(name, nearest: NearestNames.of(name, in: table.columns.map(\.name)))
            )
            return nil
        }
    }

    private var conflictKey: UniqueKey? {
        guard case .upsert(let target, _) = sink.operation else { return nil }
        return switch target {
        case .columns(let names): table.uniqueKey(names)
        case .constraint(let name): table.uniqueKeys.first { $0.constraint == name }
        }
    }

    private mutating func key() -> [TargetColumn] {
        switch sink.operation {
        case .insert:
            // Without a conflict clause the order only serves the index; it is taken where all values are
            // there.
            let key = table.primaryKey?.columns ?? []
            return key.allSatisfy(sink.columns.contains) ? key.compactMap(table.column) : []
        case .upsert(let target, _):
            if let conflictKey { return conflictKey.columns.compactMap(table.column) }
            reportMissingKey(target)
            return []
        case .update(let key):
            if key.isEmpty { problems.append(.noColumns("key columns are")) }
            return inIndexOrder(key)
        case .delete: return inIndexOrder(sink.columns)
        }
    }

    /// One order for all writers of the table, however each of them names the columns.
    private func inIndexOrder(_ names: [String]) -> [TargetColumn] {
        (table.uniqueKey(names)?.columns ?? names).compactMap(table.column)
    }

    private mutating func reportMissingKey(_ target: ConflictTarget) {
        switch target {
        case .columns(let names):
            let unknown = names.filter { table.column($0) == nil && !sink.columns.contains($0) }
            _ = found(unknown)
            if unknown.isEmpty { problems.append(.noUniqueKey(columns: names, existing: table.uniqueKeys)) }
        case .constraint(let name): problems.append(.noSuchConstraint(name, existing: table.uniqueKeys))
        }
    }

    private mutating func action() -> SinkPlan.Action {
        switch sink.operation {
        case .insert: return .insert
        case .delete: return .delete
        case .update(let key):
            let setting = Array(sink.columns.dropFirst(key.count))
            if setting.isEmpty { problems.append(.noColumns("columns to set are")) }
            return .update(setting: setting.compactMap(table.column))
        case .upsert(let target, let action):
            return .upsert(conflict: target, setting: setting(action))
        }
    }

    private mutating func setting(_ action: ConflictAction) -> [TargetColumn] {
        switch action {
        case .doNothing: return []
        case .updateAll:
            let key = conflictKey?.columns ?? []
            let rest = sink.columns.filter { !key.contains($0) }
            if rest.isEmpty { problems.append(.noColumns("columns outside the key are")) }
            return rest.compactMap(table.column)
        case .update(let names):
            if names.isEmpty { problems.append(.noColumns("columns to update are")) }
            for name in names where table.column(name) != nil && !sink.columns.contains(name) {
                problems.append(.withoutValue(name))
            }
            return found(names)
        }
    }
}
