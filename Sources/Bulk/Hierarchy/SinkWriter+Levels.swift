import Postgres

extension SinkWriter {
    /// Stages one batch that is the whole set and writes it in levels, inside a transaction.
    func writeLevels(_ batch: Batch, on connection: Connection) throws -> WriteOutcome {
        var set = StagedSet(self, types: batch.columnTypes)
        try set.create(on: connection)
        try set.append(batch, startingAt: 0, on: connection)
        return try set.finish(rows: batch.count, on: connection) { source, count in
            try write(source, count: count, on: connection)
        }
    }

    /// Puts a staged set into levels and writes them one after the other, parents first.
    ///
    /// A foreign key of a table to itself is checked at the end of a statement, so any order within one would
    /// do for it; triggers, rules and partitions that look for the parent need the levels.
    func writeLevels(
        _ staging: StagingTable,
        of hierarchy: SinkPlan.PlannedHierarchy,
        rows: Int,
        on connection: Connection,
        _ write: (RowSource, Int) throws -> WriteOutcome
    ) throws -> WriteOutcome {
        let whole = RowSource(rows: .staged(staging, level: nil), ordinal: staging.ordinal)
        let statements = HierarchyStatements(
            rows: SinkStatements(plan: plan, source: whole),
            hierarchy: hierarchy,
            staging: staging
        )
        try connection.execute(statements.place)
        let placed = try place(statements, on: connection)
        var outcome = WriteOutcome()
        for (number, count) in try connection.query(statements.levels, as: Int.self, Int.self) {
            let level = RowSource(rows: .staged(staging, level: number), ordinal: staging.ordinal)
            outcome += try write(level, count)
        }
        (outcome.proposed, outcome.duplicates) = (rows, rows - placed)
        try connection.execute(staging.dropLevels)
        return outcome
    }

    private func place(_ statements: HierarchyStatements, on connection: Connection) throws -> Int {
        let (placed, unplaced, duplicate) = try connection.queryOne(
            statements.summary,
            as: Int.self,
            Int.self,
            String?.self
        )
        if let duplicate { throw TargetError.duplicateKey(table.name, key: duplicate) }
        guard unplaced == 0 else { throw try cycle(statements, on: connection) }
        return placed
    }

    /// As many cycles as a person will read.
    private static let reportedCycles = 10

    private func cycle(_ statements: HierarchyStatements, on connection: Connection) throws -> TargetError {
        let rows = try connection.query(statements.unplaced, as: Int.self, Int.self, String.self)
        let parents = Dictionary(rows.map { ($0.0, $0.1) }) { first, _ in first }
        let keys = Dictionary(rows.map { ($0.0, $0.2) }) { first, _ in first }
        let cycles = CycleFinder(parents: parents).cycles(limit: Self.reportedCycles)
        return .cycle(table.name, keys: cycles.map { $0.compactMap { keys[$0] } })
    }
}
