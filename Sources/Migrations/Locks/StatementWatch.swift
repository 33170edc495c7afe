import Control
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

    private let observer: BlockerObserver
    private var lastProgress: IndexProgress?
    private var place: Place?
    /// Who was in the way last; of the statement that is run now, in all its attempts.
    var report: BlockerReport? { observer.report }

    init(open: @escaping () throws -> Connection) {
        observer = BlockerObserver(open: open)
    }

    /// A statement begins; what was seen in an earlier attempt of the same one stays.
    func begin(_ step: MigrationStep, ordinal: Int) {
        let current = Place(migration: step.identity, direction: step.direction, ordinal: ordinal)
        if place != current { observer.forget() }
        place = current
        lastProgress = nil
    }

    /// Looks, and says what is new.
    func look(at backend: Int32, buildsIndex: Bool) -> [Sight] {
        var sights: [Sight] = []
        if let report = observer.look(at: backend) { sights.append(.blocked(report)) }
        if buildsIndex, let progress = observer.ask({ try progress(of: backend, on: $0) }) ?? nil,
            progress != lastProgress
        {
            lastProgress = progress
            sights.append(.progress(progress))
        }
        return sights
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
