import Postgres

/// Looks at a statement from a second connection while the first waits for it.
///
/// The connection is opened by the first statement that takes long, so a run of quick ones needs none. That it cannot be
/// opened, or may not look, costs the report and nothing else.
final class StatementWatch {
    /// What was seen.
    enum Sight {
        case blocked(BlockerReport)
        case progress(IndexProgress)
    }

    private struct Place: Equatable {
        let migration: Migration.Identity
        let direction: MigrationDirection
        let ordinal: Int
    }

    private let open: () throws -> Connection
    private var connection: Connection?
    private var isUseless = false
    private var lastProgress: IndexProgress?
    private var place: Place?
    /// Who was in the way last; of the statement that is run now, in all its attempts.
    private(set) var report: BlockerReport?

    init(open: @escaping () throws -> Connection) {
        self.open = open
    }

    deinit { connection?.close() }

    /// A statement begins; what was seen in an earlier attempt of the same one stays.
    func begin(_ step: MigrationStep, ordinal: Int) {
        let current = Place(migration: step.identity, direction: step.direction, ordinal: ordinal)
        if place != current { report = nil }
        place = current
        lastProgress = nil
    }

    /// Looks, and says what is new.
    func look(at backend: Int32, buildsIndex: Bool) -> [Sight] {
        guard let connection = ready() else { return [] }
        do {
            var sights: [Sight] = []
            if let report = try blockers(of: backend, on: connection) {
                if !Self.tellTheSame(report, self.report) { sights.append(.blocked(report)) }
                self.report = report
            }
            if buildsIndex, let progress = try progress(of: backend, on: connection), progress != lastProgress
            {
                lastProgress = progress
                sights.append(.progress(progress))
            }
            return sights
        } catch {
            isUseless = true
            return []
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

    /// Ages grow; that alone is no news.
    private static func tellTheSame(_ one: BlockerReport, _ other: BlockerReport?) -> Bool {
        one.lock == other?.lock && one.blockers.map(\.pid) == other?.blockers.map(\.pid)
    }

    private func blockers(
        of backend: Int32,
        on connection: Connection
    ) throws(PostgresError) -> BlockerReport? {
        let rows = try connection.query(
            LockStatements.blockers(of: backend),
            as: String.self,
            Int32.self,
            String.self,
            String.self,
            String?.self,
            String.self,
            Double?.self,
            String?.self,
            String.self,
            Int.self
        )
        guard let first = rows.first else { return nil }
        let blockers = rows.map { row in
            LockBlocker(
                pid: row.1,
                role: row.2,
                applicationName: row.3,
                host: row.4,
                state: row.5,
                transactionAge: row.6.map { .milliseconds(Int64($0 * 1000)) },
                heldMode: row.7,
                query: SessionText.line(row.8)
            )
        }
        return BlockerReport(lock: first.0, blockers: blockers, queuedBehind: first.9)
    }

    private func progress(
        of backend: Int32,
        on connection: Connection
    ) throws(PostgresError) -> IndexProgress? {
        try connection.query(
            LockStatements.indexProgress(of: backend),
            as: String.self,
            Int64.self,
            Int64.self
        ).first.map { IndexProgress(phase: $0.0, done: $0.1, total: $0.2) }
    }
}
