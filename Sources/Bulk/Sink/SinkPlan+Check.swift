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
    ///
    /// - Parameter types: the types of the values on the wire, where they are known already.
    init(
        _ sink: Sink,
        in table: TargetTable,
        types: [PostgresType]? = nil,
        identity: IdentityValues = .refused
    ) throws(TargetError) {
        var check = SinkCheck(sink, table)
        let plan = check.plan()
        if let types { check.compare(types) }
        if identity == .overridden { check.problems.removeAll { $0.isIdentity } }
        guard check.problems.isEmpty, let plan else { throw .unsuitable(table.name, check.problems) }
        self = plan
    }
}
