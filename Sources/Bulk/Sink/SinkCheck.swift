import Postgres

/// Collects what is wrong with a sink.
struct SinkCheck {
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
        let setting = settings()
        let key = key()
        let hierarchy = hierarchy()
        if sink.updateCondition != nil, setting.isEmpty { problems.append(.conditionWithoutUpdate) }
        problems += key.map(\.name).filter { !sink.columns.contains($0) }.map { .withoutValue($0) }
        return SinkPlan(
            table: table,
            columns: columns,
            key: key,
            keyNullsAreEqual: conflictKey?.nullsAreEqual ?? false,
            action: action(setting),
            duplicates: duplicates(setting),
            noOps: sink.noOps,
            updateCondition: sink.updateCondition,
            hierarchy: hierarchy
        )
    }

    /// Finds the values whose type a column does not take.
    mutating func compare(_ types: [PostgresType]) {
        guard types.count == sink.columns.count else {
            return problems.append(.valueCount(expected: sink.columns.count, found: types.count))
        }
        for (name, type) in zip(sink.columns, types) {
            guard let column = table.column(name), !column.accepts(type) else { continue }
            problems.append(.type(column: column.name, type: column.type, value: type))
        }
    }

    private var isInsert: Bool {
        switch sink.operation {
        case .insert, .upsert, .synchronize: true
        case .update, .delete: false
        }
    }

    /// The columns that really get a value: the key of an update only finds the row.
    private var writtenColumns: [String] {
        switch sink.operation {
        case .insert, .upsert, .synchronize: sink.columns
        case .update(let key): Array(sink.columns.dropFirst(key.count))
        case .delete: []
        }
    }

    /// An expression over the row that is there would count only one of several rows.
    private func duplicates(_ setting: [SinkPlan.Setting]) -> DuplicateRule {
        if let rule = sink.duplicates { return rule }
        if setting.contains(where: { $0.expression != nil }) { return .error }
        if case .insert = sink.operation { return .error }
        if case .upsert(_, .doNothing) = sink.operation { return .firstWins }
        return .lastWins
    }

    mutating func found(_ names: [String]) -> [TargetColumn] {
        names.compactMap { name in
            if let column = table.column(name) { return column }
            problems.append(
                .noSuchColumn(name, nearest: NearestNames.of(name, in: table.columns.map(\.name)))
            )
            return nil
        }
    }

    var conflictKey: UniqueKey? {
        switch sink.operation {
        case .upsert(.columns(let names), _), .synchronize(let names, _): table.uniqueKey(names)
        case .upsert(.constraint(let name), _): table.uniqueKeys.first { $0.constraint == name }
        case .insert, .update, .delete: nil
        }
    }

    private mutating func key() -> [TargetColumn] {
        switch sink.operation {
        case .insert:
            // Without a conflict clause the order only serves the index; it is taken where all values are
            // there.
            let key = sink.hierarchy?.key ?? table.primaryKey?.columns ?? []
            return key.allSatisfy(sink.columns.contains) ? key.compactMap(table.column) : []
        case .upsert(let target, _):
            if let conflictKey { return conflictKey.columns.compactMap(table.column) }
            reportMissingKey(target)
            return []
        case .synchronize(let names, _):
            guard let conflictKey else {
                reportMissingKey(.columns(names))
                return []
            }
            let key = conflictKey.columns.compactMap(table.column)
            problems += key.filter { !$0.isNotNull }.map { .nullableKey($0.name) }
            return key
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

    private func action(_ setting: [SinkPlan.Setting]) -> SinkPlan.Action {
        switch sink.operation {
        case .insert: .insert
        case .delete: .delete
        case .update: .update(setting: setting)
        case .upsert(let target, _): .upsert(conflict: target, setting: setting)
        case .synchronize(_, let gone): .synchronize(setting: setting, gone: gone)
        }
    }
}
