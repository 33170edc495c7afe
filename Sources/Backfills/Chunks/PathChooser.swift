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
            return try plan(of: single, work, range, on: connection)
        } catch let obstacle as SinglePathObstacle {
            return .twoSteps(reason: obstacle.reason)
        }
    }

    private func plan(
        of single: SingleStatement,
        _ work: SQLWork,
        _ range: ClaimedRange,
        on connection: Connection
    ) throws -> ChunkPath {
        let key = work.key
        return try lookingOnly(connection) { connection in
            let interval = try work.bound(of: range, on: connection)?.interval ?? range.rest
            let explain = "EXPLAIN (FORMAT JSON, VERBOSE) " + single.compose(interval).sql
            let json = try connection.queryOne(explain, as: String.self)
            guard let scan = PlanNode.read(json)?.onlyScan else {
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
        let settings = limits.keySettings + SQLWork.singleSettings
        return try connection.rolledBackTransaction(TransactionOptions(settings: settings), body)
    }
}

extension PlanNode {
    /// What an UPDATE reads, when that is one scan and nothing else.
    fileprivate var onlyScan: PlanNode? {
        guard type == "ModifyTable", let children, children.count == 1, let scan = children.first,
            scan.children?.isEmpty != false
        else { return nil }
        return scan
    }
}
