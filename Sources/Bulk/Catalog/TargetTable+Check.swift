import Postgres

extension TargetTable {
    /// What is wrong with giving values to columns.
    ///
    /// - Parameters:
    ///   - columns: the columns that are named.
    ///   - isInsert: whether new rows are made, which need a value in every NOT NULL column without a default.
    ///   - written: the names of the columns that get a value.
    func writeProblems(
        _ columns: [TargetColumn],
        isInsert: Bool,
        written: [String]
    ) -> [TargetError.Problem] {
        var problems: [TargetError.Problem] = []
        var seen: Set<String> = []
        for column in columns where !seen.insert(column.name).inserted {
            problems.append(.namedTwice(column.name))
        }
        for column in columns where written.contains(column.name) {
            if column.origin == .generated { problems.append(.generated(column.name)) }
            if column.origin == .identityAlways { problems.append(.identityAlways(column.name)) }
        }
        // Whether a trigger fills a column is seen at the first row.
        if isInsert, !hasBeforeInsertTriggers {
            for column in self.columns where column.needsValue && !written.contains(column.name) {
                problems.append(.missingValue(column: column.name, type: column.type))
            }
        }
        return problems
    }
}

extension TargetColumn {
    /// Whether values of a wire type can be assigned without losing anything; text is read by the server as
    /// it would read a constant of the column's type.
    func accepts(_ type: PostgresType) -> Bool {
        if let element = type.element, let elementTypeID { return element.isAccepted(by: elementTypeID) }
        return type.isAccepted(by: baseTypeID)
    }

    /// Whether the bytes of a wire type are at the same time those of the column, which binary COPY asks for.
    func acceptsBinary(_ type: PostgresType) -> Bool {
        type == baseTypeID || (type == .text && isTextual)
    }
}

extension PostgresType {
    /// Whether a value of this type can be assigned to another one without losing anything. An array is assigned
    /// element by element.
    fileprivate func isAccepted(by target: PostgresType) -> Bool {
        if self == .text || self == target { return true }
        return switch self {
        case .int2: [.int4, .int8, .numeric, .float4, .float8].contains(target)
        case .int4: [.int2, .int8, .numeric, .float8].contains(target)
        // Out of range is an error of the server's, not a loss.
        case .int8: [.int2, .int4, .numeric, .oid].contains(target)
        case .float4: target == .float8
        default: false
        }
    }
}
