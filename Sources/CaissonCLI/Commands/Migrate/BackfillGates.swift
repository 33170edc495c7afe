import Backfills
import Migrations
import Postgres

/// Whether the backfills that migrations require are verified.
struct BackfillGates: Sendable {
    /// Knows of no backfill.
    static let none = BackfillGates(statuses: [])

    private let statuses: [RunStatus]

    private init(statuses: [RunStatus]) {
        self.statuses = statuses
    }

    /// Asks the control tables, if any migration of the folder requires a backfill.
    init(_ directory: MigrationDirectory, _ options: ConnectionOptions, schema: String) async throws {
        guard directory.migrations.contains(where: { $0.options.requiredBackfill != nil }) else {
            self = .none
            return
        }
        let coordinator = Coordinator(options, schema: schema)
        do {
            statuses = try await coordinator.statuses()
            await coordinator.close()
        } catch {
            await coordinator.close()
            throw error
        }
    }

    /// The gate of a backfill.
    func status(of name: String) -> GateStatus {
        guard let status = statuses.first(where: { $0.run.name == name }) else {
            return .closed(reason: "it was never run here.")
        }
        return status.run.state == .verified ? .open : .closed(reason: Self.reason(status))
    }

    private static func reason(_ status: RunStatus) -> String {
        let (run, progress) = (status.run, status.progress)
        if run.state == .completed {
            return run.verifyResult.map { "it is completed, but its verify query returned \($0)." }
                ?? "it is completed, but has no verify query; add one to its definition."
        }
        let remaining = max(0, run.estimatedRows - progress.scanned)
        return "it is \(run.state.rawValue), about \(Numbers.count(remaining, "row")) remain."
    }
}
