import Postgres
import SQLSyntax

/// One chunk of a SQL backfill between BEGIN and its checkpoint: which rows are locked, what is written to exactly these, and
/// what is looked at afterwards. Everything is known before anything is sent, so that it travels in one message.
///
/// ```
/// 1 before       how much this transaction has written to the walked table: nothing yet, or what the session did before
/// 2 lock         the rows, in key order; their places stay on the server
/// 3 write        the author's statement on a fresh snapshot, restricted to the locked rows
/// 4 settle       the run's settings again: a trigger may have left other ones, in which names and keys mean something else
/// 5 look         that none of them was moved ahead of the walk, where that is not known beforehand
/// 6 after        how much was written, and whether the table is still the one that the run is about
/// ```
///
/// Locking and writing are two statements because a statement keeps its snapshot while it waits for a lock: sub-selects of a
/// locking UPDATE saw what was there before (measured: 5 written where 105 was right). The write is restricted to the rows that
/// the lock step found, not to the stretch of keys: a row that comes to fulfil the condition in between would be
/// written without being locked (measured beside an application: 5 to 20 rows a run, rescued rows deleted among them).
struct SQLChunk {
    /// How much of it is sent.
    enum Extent: Sendable, Hashable {
        /// All of it.
        case whole
        /// The same, with the plan of the write shown before it.
        case explained
        /// The rows are locked and counted, and nothing is written: most chunks of a condition that few rows fulfil have none,
        /// and an aggregate over no rows would be a row to write.
        case lockOnly
        /// What follows such a lock that found rows.
        case writeOnly
    }

    /// What a statement of the chunk is there for.
    enum Role: Sendable, Hashable {
        case prefer, before, count, lock, plan, reach, write, settle, remaining, keys, after
    }

    let work: SQLWork
    let bound: ChunkBound
    let extent: Extent
    private(set) var steps: [(role: Role, sql: SQL)] = []
    private var written: ComposedStatement?
    private var reach: ComposedStatement?

    init(_ work: SQLWork, _ bound: ChunkBound, _ extent: Extent = .whole) {
        (self.work, self.bound, self.extent) = (work, bound, extent)
        if extent != .writeOnly { addLock() }
        if extent != .lockOnly { addWrite() }
    }

    /// The statements in the order in which they are sent.
    var statements: [SQL] { steps.map(\.sql) }

    private mutating func addLock() {
        if let preference = work.key.preference(for: bound.interval) { add(.prefer, preference) }
        add(.before, ChunkStatements.writes(to: work.walked))
        if bound.counting == .open { add(.count, RangeStatements.count(work.key, in: bound.interval)) }
        guard work.path.locksFirst else { return }
        add(
            .lock,
            ChunkStatements.lock(work.key, bound.interval, where: work.condition, strength: work.lockStrength)
        )
    }

    private mutating func addWrite() {
        let written = work.composeWrite(bound)
        self.written = written
        if extent == .explained { add(.plan, "EXPLAIN (FORMAT JSON, VERBOSE) " + written.sql) }
        if work.path.locksFirst, let reach = work.composeReach(work.lockedRows(of: bound)) {
            self.reach = reach
            add(.reach, reach.sql)
        }
        add(.write, written.sql)
        if !work.meaning.isEmpty { add(.settle, RunSettings.statement(work.meaning)) }
        if work.key.order.isByPlace {
            add(.remaining, ChunkStatements.unchanged(work.key, where: work.condition))
        } else if work.watchesKeys, work.key.placing != .key {
            add(.keys, keysStatement)
        }
        add(.after, ChunkStatements.writes(to: work.walked, of: work.key))
    }

    private mutating func add(_ role: Role, _ sql: SQL) {
        steps.append((role, sql))
    }

    private var keysStatement: SQL {
        ChunkStatements.writtenKeys(work.key, bound.interval, work.path.locksFirst ? .locked : .none)
    }

    // MARK: What came back

    /// The answers to the statements, by what they are for.
    struct Answers {
        private var results: [Role: ResultSet] = [:]

        init(_ chunk: SQLChunk, _ results: some Collection<ResultSet>) {
            for (step, result) in zip(chunk.steps, results) { self.results[step.role] = result }
        }

        /// Those of a chunk that was sent in two parts.
        mutating func add(_ other: Answers) {
            results.merge(other.results) { $1 }
        }

        subscript(role: Role) -> ResultSet? { results[role] }

        /// How many rows were locked; `nil` where the write locks them itself.
        var locked: Int? {
            get throws { try self[.lock]?.first?.value(Int.self, at: 0) }
        }
    }

    /// Reads what the chunk did and makes sure that it did nothing else.
    ///
    /// - Throws: ``BackfillError``, ``EmptyChunkWrote``, ``TableReplaced``, ``PartGone``; the transaction is to be rolled back then.
    func outcome(_ answers: Answers, on connection: Connection) throws -> ChunkCounts {
        if try answers[.reach]?.first?.value(Bool.self, at: 0) == true {
            throw BackfillError.reached(work)
        }
        let (before, after) = (try row(answers[.before]), try row(answers[.after]))
        let standing = try TableStanding(after)
        try standing.checkIdentity(of: work)
        let changed = try changed(answers[.write])
        let locked = try answers.locked ?? changed
        if locked == 0, changed > 0 { throw EmptyChunkWrote() }
        let done = try TableWrites(after).since(TableWrites(before))
        if done.inserted > 0, !work.insertsIntoWalkedTable, !work.key.order.isByPlace {
            throw BackfillError.inserted(work, rows: done.inserted)
        }
        if let remaining = try answers[.remaining]?.first?.value(Int.self, at: 0), remaining > 0 {
            throw BackfillError.conditionRemains(backfill: work.name, table: work.key.table, rows: remaining)
        }
        try checkKeys(answers[.keys], done, standing, changed: changed, locked: locked, on: connection)
        return ChunkCounts(scanned: try scanned(answers), matched: locked, changed: changed)
    }

    /// How many keys the chunk has passed.
    func scanned(_ answers: Answers) throws -> Int {
        try answers[.count]?.first?.value(Int.self, at: 0) ?? bound.scanned
    }

    private func row(_ counters: ResultSet?) throws -> Row {
        guard let row = counters?.first else {
            throw PostgresError.invalidArgument("a chunk without its counters")
        }
        return row
    }

    private func changed(_ result: ResultSet?) throws -> Int {
        guard let result else { return 0 }
        return work.returnsPlaces ? try result.first?.value(Int.self, at: 0) ?? 0 : result.affectedRows
    }

    /// Looks at the keys of the written rows where something may have changed them that is not in the author's text: triggers,
    /// cascades, common tables. It counts on the server, so it costs nothing where only the statement itself has written.
    private func checkKeys(
        _ answer: ResultSet?,
        _ done: TableWrites,
        _ standing: TableStanding,
        changed: Int,
        locked: Int,
        on connection: Connection
    ) throws {
        guard !work.key.order.isByPlace, work.key.placing != .key else { return }
        let own =
            work.changesWalkedTable && work.shape.verb == .update && work.shape.writes.count == 1
            ? changed : 0
        let isPlainDelete =
            work.changesWalkedTable && work.shape.verb == .delete && work.shape.writes.count == 1
        let deletesMore = done.deleted > 0 && !isPlainDelete
        let isTold = done.updated == own && !(standing.mayChangeKeys && done.updated > 0) && !deletesMore
        guard answer != nil || !isTold else { return }
        let row = try answer?.first ?? connection.rows(keysStatement).first
        guard let (untouched, inPlace) = try row?.decode(Int.self, Int.self) else { return }
        // What a cascade takes along ahead of the walk would not be met.
        let gone = done.deleted - (locked - untouched)
        guard isPlainDelete || gone <= 0 else { throw BackfillError.deleted(work, rows: gone) }
        let lost = locked - untouched - inPlace - done.deleted
        guard lost <= 0 else { throw BackfillError.moved(work, rows: lost) }
    }

    /// The error for people, with the place in the author's file where the author's text is what failed.
    func error(at index: Int, _ error: PostgresError) -> any Error {
        switch steps.indices.contains(index) ? steps[index].role : .after {
        case .write, .plan: written.map { work.located(error, in: $0) } ?? error
        case .reach: reach.map { work.located(error, in: $0) } ?? error
        case .lock, .remaining: work.locatedInCondition(error)
        case .prefer, .before, .count, .settle, .keys, .after: error
        }
    }
}

/// An empty chunk has written something: an aggregate over no rows is a row. It is tried again with a look first.
struct EmptyChunkWrote: Error {}

/// The name of the walked table means another table than the one that the run began with.
struct TableReplaced: Error {}

/// The table of the range is not part of the walked one any more.
struct PartGone: Error {}
