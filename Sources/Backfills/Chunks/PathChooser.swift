import Postgres

/// Decides whether the chunks of a backfill may be single statements.
///
/// Two things must hold. The new values depend on the row alone, which the text and the catalog tell: otherwise a
/// statement that waited would write what was right before the wait. And the plan visits the rows in the order of the key,
/// because it also locks them in that order: two workers or an application that goes the same way then wait for each other
/// instead of deadlocking.
struct PathChooser: Sendable {
    let limits: ChunkLimits

    /// Chooses by the next chunk of a range. Sends no more than questions.
    func path(of work: SQLWork, _ range: ClaimedRange, on connection: Connection) throws -> ChunkPath {
        do {
            let single = try SingleStatement(work)
            let words = try single.words()
            let outside = try connection.queryOptional(
                ChunkStatements.reachingOut(names: words.names, operators: words.operators),
                as: String.self
            )
            if let outside { return .twoSteps(reason: "\(outside) may look at other rows") }
            return try plan(of: single, work.key, range, on: connection)
        } catch let obstacle as SinglePathObstacle {
            return .twoSteps(reason: obstacle.reason)
        }
    }

    private func plan(
        of single: SingleStatement,
        _ key: KeyColumns,
        _ range: ClaimedRange,
        on connection: Connection
    ) throws -> ChunkPath {
        try lookingOnly(connection) { connection in
            let explain = "EXPLAIN (FORMAT JSON, VERBOSE) " + single.compose(range.rest).sql
            let json = try connection.queryOne(explain, as: String.self)
            guard let scan = PlanNode.read(json)?.onlyScan(ofTable: "CTE written_") else {
                return .twoSteps(reason: "its plan has more than one scan of \(key.table)")
            }
            guard scan.type == "Index Scan", let index = scan.index else {
                return .twoSteps(reason: "its plan is a \(scan.type) of \(key.table)")
            }
            let direction = try connection.queryOptional(
                ChunkStatements.direction(ofIndex: index, key),
                as: String.self
            )
            guard let direction, direction == scan.direction else {
                return .twoSteps(reason: "its plan reads the index \(index), not in the order of the key")
            }
            return .oneStatement(
                proof:
                    "SET reads nothing but the row itself, and the plan is a scan of the index \(index) in the order "
                    + "of the key"
            )
        }
    }

    /// With the settings of a chunk; a dry run already has a transaction that is rolled back.
    private func lookingOnly<Value>(
        _ connection: Connection,
        _ body: (Connection) throws -> Value
    ) throws -> Value {
        guard connection.transactionStatus == .idle else {
            for setting in SQLWork.singleSettings { try connection.runScript(setting.script.text) }
            return try body(connection)
        }
        let settings = limits.settings + SQLWork.singleSettings
        return try connection.rolledBackTransaction(TransactionOptions(settings: settings), body)
    }
}

extension PlanNode {
    /// The scan below a data-modifying common table, when there is nothing else below it than the look-up of the last key.
    fileprivate func onlyScan(ofTable name: String) -> PlanNode? {
        guard let written = first(where: { $0.subplan == name }), written.type == "ModifyTable" else {
            return nil
        }
        let scans = (written.children ?? []).filter { !$0.looksUpLastKey }
        guard scans.count == 1, let scan = scans.first, (scan.children ?? []).allSatisfy(\.looksUpLastKey)
        else {
            return nil
        }
        return scan
    }

    private var looksUpLastKey: Bool {
        relationship == "InitPlan" && type == "CTE Scan" && commonTable == "last_"
    }

    private func first(where matches: (PlanNode) -> Bool) -> PlanNode? {
        if matches(self) { return self }
        for child in children ?? [] {
            if let found = child.first(where: matches) { return found }
        }
        return nil
    }
}
