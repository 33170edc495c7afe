package import Postgres

/// Looks at a backend from a second connection and says who is in its way.
///
/// The connection is opened by the first look. That it cannot be opened, or may not look, costs the report and nothing
/// else.
package final class BlockerObserver {
    private let open: () throws -> Connection
    private var connection: Connection?
    private var isUseless = false
    private var told: BlockerReport?
    /// Who was in the way at the last look that found somebody, since ``forget()``.
    package private(set) var report: BlockerReport?

    /// - Parameter open: opens the connection to look from.
    package init(open: @escaping () throws -> Connection) {
        self.open = open
    }

    /// - Parameter options: how to connect to look; the server has two seconds for it.
    package convenience init(connecting options: ConnectionOptions) {
        var options = options
        options.set("connect_timeout", "2")
        self.init { [options] in try Connection(options) }
    }

    deinit { connection?.close() }

    /// Something else is looked at from now on.
    package func forget() {
        (report, told) = (nil, nil)
    }

    /// The same is tried again: what was told stays told, but is not the reason of what comes.
    package func beginAttempt() {
        report = nil
    }

    /// Looks at a backend.
    ///
    /// - Returns: who is in its way, where that is news: ages grow, and that alone is none.
    package func look(at backend: Int32) -> BlockerReport? {
        guard let seen = ask({ try Self.blockers(of: backend, on: $0) }) ?? nil else { return nil }
        report = seen
        guard !Self.tellTheSame(seen, told) else { return nil }
        told = seen
        return seen
    }

    /// Asks something else over the same connection; nil when it cannot be asked, now or any more.
    package func ask<Answer>(_ question: (Connection) throws -> Answer) -> Answer? {
        guard let connection = ready() else { return nil }
        do {
            return try question(connection)
        } catch {
            isUseless = true
            return nil
        }
    }

    private func ready() -> Connection? {
        guard !isUseless else { return nil }
        if let connection, connection.isOpen { return connection }
        do {
            let opened = try open()
            // Whatever happens to the server, the statement that is watched must not wait for its watcher.
            try opened.execute("SET statement_timeout = '2s'")
            connection = opened
            return opened
        } catch {
            isUseless = true
            return nil
        }
    }

    private static func tellTheSame(_ one: BlockerReport, _ other: BlockerReport?) -> Bool {
        func names(_ report: BlockerReport) -> [String] {
            (report.blockers + report.behindBlockers).map { "\($0.pid) \($0.prepared?.name ?? "")" }
        }
        return one.lock == other?.lock && other.map(names) == names(one)
    }

    private static func blockers(of backend: Int32, on connection: Connection) throws -> BlockerReport? {
        let rows = try connection.rows(BlockerStatements.blockers(of: backend)).map(SeenBlocker.init)
        guard let first = rows.first else { return nil }
        return BlockerReport(
            lock: first.lock,
            blockers: rows.filter { $0.distance == 1 }.map(\.blocker),
            behindBlockers: rows.filter { $0.distance > 1 }.map(\.blocker),
            queuedBehind: first.queuedBehind
        )
    }
}

/// One row of the answer.
private struct SeenBlocker {
    let distance: Int
    let lock: String
    let blocker: LockBlocker
    let queuedBehind: Int

    init(_ row: Row) throws(DecodingFailure) {
        let (distance, lock, pid, role, name) = try row.decode(
            Int.self,
            String.self,
            Int32.self,
            String.self,
            String.self
        )
        let (host, state, age, mode, query, behind) = try row.decode(
            from: 5,
            String?.self,
            String.self,
            Double?.self,
            String?.self,
            String.self,
            Int.self
        )
        let (gid, owner, database, prepared) = try row.decode(
            from: 11,
            String?.self,
            String?.self,
            String?.self,
            Double?.self
        )
        (self.distance, self.lock, queuedBehind) = (distance, lock, behind)
        blocker = LockBlocker(
            pid: pid,
            prepared: gid.map {
                PreparedTransaction(
                    name: $0,
                    owner: owner ?? "?",
                    database: database ?? "?",
                    age: .milliseconds(Int64((prepared ?? 0) * 1000))
                )
            },
            role: role,
            applicationName: name,
            host: host,
            state: state,
            transactionAge: age.map { .milliseconds(Int64($0 * 1000)) },
            heldMode: mode,
            query: SessionText.line(query)
        )
    }
}
