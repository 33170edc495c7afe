import Postgres

/// What a session of a run is for.
enum SessionRole: Sendable, Hashable {
    /// Writes chunks.
    case worker(Int)
    /// Reads rows ahead of a worker.
    case reader(worker: Int)
    /// Begins and finishes the run, and looks after it in between.
    case coordinator

    /// The name by which `pg_stat_activity`, and `status` with it, knows the session.
    func name(of backfill: String) -> String {
        switch self {
        case .worker(let number): "caisson \(backfill) worker \(number)"
        case .reader(let worker): "caisson \(backfill) reader \(worker)"
        case .coordinator: "caisson \(backfill) coordinator"
        }
    }

    /// A worker remembers how far its range is, which it must ask anew on another session.
    private var idleEnd: Session.IdleEnd {
        switch self {
        case .worker: .isTold
        case .reader, .coordinator: .isMended
        }
    }

    /// How long a transaction of a run's session may do nothing, in seconds.
    ///
    /// A process that is stopped, or a host that is cut off, in the middle of a chunk keeps its row locks, and the
    /// application waits for them. They are gone well within the lease.
    private static func longestRest(_ options: RunOptions) -> Double {
        max(1, min(options.lease / 2, 30))
    }

    /// Makes the session; nothing is connected yet.
    func session(_ connection: ConnectionOptions, of backfill: String, _ options: RunOptions) -> Session {
        var connection = connection
        connection.applicationName = name(of: backfill)
        let guards = SessionGuards(rest: Self.longestRest(options), silence: max(4, options.lease))
        return Session(connection, idleEnd: idleEnd) { try guards.set(on: $0) }
    }
}

/// The settings by which the server ends a session that is of no use any more and no other, and runs what we ask by ourselves.
private struct SessionGuards: Sendable {
    /// How long a transaction may do nothing, in seconds.
    let rest: Double
    /// How long a host may say nothing, in seconds.
    let silence: Double

    /// Makes them, unless a pooler stands between: what one client sets in its session another one finds there. A pooler
    /// gives its clients numbers of its own in place of the backend's.
    func set(on connection: Connection) throws {
        let calls = settings(connection.serverVersion).map { setting in
            "pg_catalog.set_config(\(setting.name), \(setting.value), false)" as SQL
        }
        try connection.execute(
            "SELECT \(calls.joined(separator: ", ")) WHERE pg_catalog.pg_backend_pid() = \(connection.backendID)"
        )
    }

    private func settings(_ version: Int) -> [TransactionOptions.Setting] {
        // Without them a role's limits, which are about the application, end sessions that wait for others, and the cutting of
        // a large table into ranges. Chunks have limits of their own.
        var settings: [TransactionOptions.Setting] = [.init("statement_timeout", "0")]
        if version >= 140_000 { settings.append(.init("idle_session_timeout", "0")) }
        if version >= 170_000 { settings.append(.init("transaction_timeout", "0")) }
        return settings + [
            // The catalogs are asked by queries that look expensive and touch few rows: to compile one of them took 0.6 s, and
            // to run it 15 ms.
            .init("jit", "off"),
            .init("idle_in_transaction_session_timeout", "\(Int(rest * 1000))"),
            .init("tcp_keepalives_idle", "\(Int(silence / 4))"),
            .init("tcp_keepalives_interval", "\(Int(max(1, silence / 12)))"),
            .init("tcp_keepalives_count", "3"),
            .init("tcp_user_timeout", "\(Int(silence * 1000))"),
        ]
    }
}
