import Control
import Postgres

/// Reads and writes the control tables through one connection.
package struct RunStore {
    let statements: RunStatements
    let connection: Connection

    init(schema: ControlSchema, on connection: Connection) {
        statements = RunStatements(schema: schema)
        self.connection = connection
    }

    func latestRun(of name: String) throws -> Run? {
        try runs(statements.latestRun(of: name)).first
    }

    func run(_ id: Int64) throws -> Run? {
        try runs(statements.run(id)).first
    }

    func lockRun(_ id: Int64) throws -> Run? {
        try runs(statements.lockRun(id)).first
    }

    /// Claims a free range. What a worker owns it must own after a crash as well, so this is durable whatever the role has set;
    /// a standby need not have it, because each chunk compares the owner.
    func claim(run: Int64, owner: String, lease: Double) throws -> ClaimedRange? {
        try claimOrLook(run: run, owner: owner, lease: lease).range
    }

    /// The same, and how the run stands behind it, for those who get no range.
    func claimOrLook(
        run: Int64,
        owner: String,
        lease: Double
    ) throws -> (range: ClaimedRange?, standing: Standing) {
        let look = [statements.run(run), statements.progress(of: run)]
        let answers = try durably(statements.claim(run: run, owner: owner, lease: lease), then: look)
        return (
            try answers[0].first.flatMap(decodeRange),
            Standing(run: try runs(in: answers[1]).first, progress: try progress(in: answers[2]))
        )
    }

    /// A run and its progress.
    struct Standing: Sendable {
        let run: Run?
        let progress: RunProgress
    }

    /// Claims a range again, see ``RunStatements/reclaim(_:lease:error:)``.
    func reclaim(_ range: ClaimedRange, lease: Double, error: String?) throws -> ClaimedRange? {
        try durably(statements.reclaim(range, lease: lease, error: error), then: [])[0].first
            .flatMap(decodeRange)
    }

    /// Makes the lease of a range longer; what is wanted of the run by now.
    ///
    /// A server that crashes may lose it, as it may lose chunks: then the lease ends early, and the next chunk tells whose the range
    /// is.
    ///
    /// - Throws: ``LeaseLost`` when the range has another owner.
    func renew(_ range: ClaimedRange, lease: Double) throws -> WantedState {
        let renewed = try alone(statements.renew(range, lease: lease), synchronously: "off", then: [])[0]
            .first
        guard let wanted = try renewed?.value(String.self, at: 0) else { throw LeaseLost(range: range) }
        return WantedState(rawValue: wanted) ?? .paused
    }

    private func durably(_ claim: SQL, then look: [SQL]) throws -> [ResultSet] {
        try alone(claim, synchronously: "local", then: look)
    }

    /// A transaction of one change, and what is asked behind it, in one round trip.
    private func alone(
        _ statement: SQL,
        synchronously commit: String,
        then look: [SQL]
    ) throws -> [ResultSet] {
        let options = TransactionOptions(settings: [.init("synchronous_commit", commit)])
        return try connection.transaction(options, of: [statement] + look)
    }

    func release(_ range: ClaimedRange) throws {
        try connection.execute(statements.release(range))
    }

    /// The rows of a run that were skipped.
    func skippedRows(run: Int64) throws -> [SkippedRow] {
        try connection.query(
            statements.skippedRows(run: run),
            as: Int64.self,
            TextArray.self,
            String?.self,
            String.self,
            String?.self,
            Int64?.self,
            String.self,
            Int.self
        ).map { id, key, state, message, row, table, order, pass in
            SkippedRow(
                id: id,
                part: Self.part(table, order, pass),
                keyParts: Key(key.elements.map { $0 ?? "" }),
                sqlState: state,
                message: message,
                row: row
            )
        }
    }

    func record(_ path: ChunkPath, of run: Int64) throws {
        try connection.execute(statements.record(path, of: run))
    }

    func setState(_ state: RunState, of run: Int64, error: String? = nil) throws {
        try connection.execute(statements.setState(state, of: run, error: error))
    }

    /// The held range with the most rows left, and how many those are thought to be; its row is locked.
    func largestHeld(run: Int64, atLeast rows: Int) throws -> (ClaimedRange, Int)? {
        let found = try connection.rows(statements.largestHeld(run: run, atLeast: rows))
        guard let row = found.first, let range = try decodeRange(row) else { return nil }
        return (range, try row.value(Int.self, named: "rows_left"))
    }

    func firstUndone(run: Int64) throws -> ClaimedRange? {
        try claimed(statements.firstUndone(run: run))
    }

    func topRange(run: Int64, table: Int64) throws -> ClaimedRange? {
        try claimed(statements.topRange(run: run, table: table))
    }

    func extend(_ range: ClaimedRange, to upper: Key, rows: Int) throws {
        try connection.execute(statements.extend(range, to: upper, rows: rows))
    }

    func setUpperBound(_ bound: Key, of run: Int64) throws {
        try connection.execute(statements.setUpperBound(bound, rows: 0, of: run))
    }

    func setWanted(_ wanted: WantedState, of run: Int64) throws {
        try connection.execute(statements.setWanted(wanted, of: run))
    }

    /// Records that the run is to pause, and why.
    func pause(_ run: Int64, because reason: String) throws {
        try connection.execute(statements.pause(run, because: reason))
    }

    func progress(of run: Int64) throws -> RunProgress {
        try progress(in: connection.rows(statements.progress(of: run)))
    }

    /// Reads the answer to the question for the progress.
    func progress(in answer: ResultSet) throws -> RunProgress {
        let row = answer[0]
        var progress = RunProgress()
        (progress.ranges, progress.rangesDone, progress.rangesHeld) = try row.decode(
            Int.self,
            Int.self,
            Int.self
        )
        (progress.scanned, progress.matched, progress.changed, progress.moved, progress.skipped) =
            try row.decode(
                from: 3,
                Int.self,
                Int.self,
                Int.self,
                Int.self,
                Int.self
            )
        (progress.chunks, progress.retries, progress.seconds) = try row.decode(
            from: 8,
            Int.self,
            Int.self,
            Double.self
        )
        return progress
    }

    private func claimed(_ sql: SQL) throws -> ClaimedRange? {
        try connection.rows(sql).first.flatMap(decodeRange)
    }

    private func decodeRange(_ row: Row) throws -> ClaimedRange? {
        let (id, ordinal, cursor, upper, epoch) = try row.decode(
            Int64.self,
            Int.self,
            TextArray?.self,
            TextArray.self,
            Int64.self
        )
        let (table, order, pass, owner, hasBegun) = try row.decode(
            from: 5,
            Int64?.self,
            String.self,
            Int.self,
            String?.self,
            Bool.self
        )
        guard let upper = Key(upper) else { return nil }
        return ClaimedRange(
            id: id,
            ordinal: ordinal,
            part: Self.part(table, order, pass),
            cursor: Key(cursor),
            hasBegun: hasBegun,
            upper: upper,
            epoch: epoch,
            owner: owner ?? ""
        )
    }

    private static func part(_ table: Int64?, _ order: String, _ pass: Int) -> RangePart? {
        table.map { RangePart(table: $0, order: WalkOrder(rawValue: order) ?? .key, pass: pass) }
    }

    /// The pass that a run is in, and the tables that have ranges.
    func coverage(run: Int64) throws -> (pass: Int, tables: Set<Int64>) {
        try coverage(in: connection.rows(statements.coverage(run: run)))
    }

    /// Reads the answer to the question for the coverage.
    func coverage(in answer: ResultSet) throws -> (pass: Int, tables: Set<Int64>) {
        let (pass, tables) = try answer[0].decode(Int.self, TextArray.self)
        return (pass, Set(tables.elements.compactMap { $0.flatMap { Int64($0) } }))
    }

    private func runs(_ sql: SQL) throws -> [Run] {
        try runs(in: connection.rows(sql))
    }

    /// Reads the answer to a question for runs.
    func runs(in answer: ResultSet) throws -> [Run] {
        try answer.map(decodeRun)
    }

    func decodeRun(_ row: Row) throws -> Run {
        let (id, name, state, wanted, definition) = try row.decode(
            Int64.self,
            String.self,
            String.self,
            String.self,
            String.self
        )
        let (bound, cluster, estimated, verified, error) = try row.decode(
            from: 5,
            TextArray?.self,
            String.self,
            Int.self,
            Int64?.self,
            String?.self
        )
        let (source, settings, database, query) = try row.decode(
            from: 10,
            Int64?.self,
            TextArray?.self,
            Int64.self,
            String?.self
        )
        return Run(
            id: id,
            name: name,
            state: RunState(rawValue: state) ?? .failed,
            wanted: WantedState(rawValue: wanted) ?? .paused,
            definition: definition,
            upperBound: Key(bound),
            cluster: cluster,
            estimatedRows: estimated,
            verifyResult: verified,
            verifyQuery: query,
            lastError: error,
            sourceOID: source,
            database: database,
            settings: RunSettings.settings(stored: Self.pairs(settings))
        )
    }

    private static func pairs(_ texts: TextArray?) -> [String: String] {
        let pairs = (texts?.elements ?? []).compactMap { text -> (String, String)? in
            guard let text, let sign = text.firstIndex(of: "=") else { return nil }
            return (String(text[..<sign]), String(text[text.index(after: sign)...]))
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
