import Foundation
import LocalServer
import Postgres
import Synchronization
import TestSupport

/// One backfill from its beginning to its end, by several processes, with trouble on the way.
final class Round: Sendable {
    let proxy: FaultProxy
    /// The round's own way, to whichever server can be written to.
    let direct: ConnectionOptions
    let work: Work
    private let standby: StandbyServer?
    private let folder: String
    private let tools = Mutex<[RunningTool]>([])
    private let struck = Mutex<[Trouble]>([])

    init(
        _ work: Work,
        folder: String,
        _ proxy: FaultProxy,
        _ standby: StandbyServer?,
        direct: ConnectionOptions
    ) {
        (self.work, self.folder, self.proxy, self.standby) = (work, folder, proxy, standby)
        self.direct = direct
    }

    /// The server as it is now.
    var server: PrivateServer { proxy.server }

    /// Keeps two processes at work and makes troubles happen until so many have or all is done, then lets the run end in
    /// peace.
    func play(
        _ troubles: Int,
        _ application: Application,
        _ random: inout SeededGenerator
    ) async throws -> ToolResult {
        let promotion = Int.random(in: 0...2, using: &random)
        for number in 0..<troubles {
            try await keepRunning(2, &random)
            // Not a wait for anything: troubles shall strike at any point of the work.
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...80, using: &random)))
            let trouble = Trouble.ordinary.randomElement(using: &random) ?? .killProcess
            guard try await !isOver else { break }
            // What an armed fault has stalled since.
            proxy.pass()
            if number == promotion, try await promote(&random) { continue }
            try await trouble.strike(self, &random)
            struck.withLock { $0.append(trouble) }
        }
        application.calmDown()
        try await waitForAll()
        try await want("running")
        return try await startInPeace()
    }

    /// Starts a process that nobody disturbs. A role's own `lock_timeout` may end it before its first range all the same, while the
    /// session of one that was killed still holds the run: the error says to run the same command again.
    private func startInPeace() async throws -> ToolResult {
        var result = try await start(.direct, chunkSize: 500).result()
        for _ in 1...5 where result.status == Self.gaveUpOnLock {
            result = try await start(.direct, chunkSize: 500).result()
        }
        return result
    }

    /// The exit code.
    private static let gaveUpOnLock: Int32 = 15

    /// Crashes the server when an error of this code has been answered, before the worker can say more.
    func crash(at sqlState: String, _ random: inout SeededGenerator) {
        let crash = Crash.allCases.randomElement(using: &random) ?? .backend
        _ = proxy.arm(.reply(sqlState: sqlState), .crash(crash))
    }

    /// The server dies for good and the standby takes over, where there is one. Addresses move to it before or after it
    /// can be written to.
    private func promote(_ random: inout SeededGenerator) async throws -> Bool {
        guard let standby, !struck.withLock({ $0.contains(.promoteStandby) }) else { return false }
        if standby.mode == .asynchronous, Bool.random(using: &random) {
            try standby.disconnect()
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...200, using: &random)))
        }
        try await server.stop(.immediate)
        let isEarly = Bool.random(using: &random)
        if isEarly { proxy.lead(to: standby.server) }
        try standby.promote()
        proxy.lead(to: standby.server)
        struck.withLock { $0.append(.promoteStandby) }
        return true
    }

    /// The troubles that came while there was something to disturb, and what the processes said of them.
    func tally(_ application: Application) async throws -> Tally {
        var results: [ToolResult] = []
        for tool in tools.withLock({ $0 }) { results.append(try await tool.result()) }
        return Tally(
            troubles: struck.withLock { $0 },
            writes: application.writes,
            rescuedRows: application.rescuedRows,
            results: results
        )
    }

    func anyTool(_ random: inout SeededGenerator) -> RunningTool? {
        tools.withLock { $0 }.filter(\.isRunning).randomElement(using: &random)
    }

    /// Carries a statement out; one that has to wait for a lock too long is given up, since the process that holds it may
    /// be stopped. Says whether it was done.
    @discardableResult
    func execute(_ statement: SQL) async throws -> Bool {
        let connection = try await direct.connected()
        defer { connection.close() }
        do {
            try connection.runScript("SET lock_timeout = '1s'")
            try connection.execute(statement)
            return true
        } catch  where error.isTransient {
            return false
        }
    }

    func count(_ query: SQL) async throws -> Int {
        // A crash may come at any moment.
        try await eventually(value: "an answer for the round") {
            let connection = try await direct.connected()
            defer { connection.close() }
            do {
                return try connection.queryOne(query, as: Int.self)
            } catch let error as PostgresError where error.isTransient {
                return nil
            }
        }
    }

    func startAnother(_ random: inout SeededGenerator) async throws {
        // A standby takes over for those that know both addresses, too.
        let way: Way = standby != nil && Bool.random(using: &random) ? .direct : .proxy
        let tool = try await start(way, chunkSize: Int.random(in: 3...40, using: &random))
        tools.withLock { $0.append(tool) }
    }

    /// Whether there is nothing left to disturb.
    private var isOver: Bool {
        get async throws {
            guard try await isInstalled else { return false }
            let runs = try await count("SELECT count(*) FROM caisson.backfill_run")
            guard runs > 0 else { return false }
            return try await count(TroubleStatements.unfinished) == 0
        }
    }

    private var isInstalled: Bool {
        get async throws { try await count("SELECT count(to_regclass('caisson.backfill_range'))") == 1 }
    }

    /// Says what is wanted of the run, once there is one.
    func want(_ wanted: String) async throws {
        guard try await isInstalled else { return }
        try await eventually("\(wanted) is wanted") { try await execute(TroubleStatements.want(wanted)) }
    }

    private func keepRunning(_ count: Int, _ random: inout SeededGenerator) async throws {
        try await want("running")
        let running = tools.withLock { $0 }.filter(\.isRunning).count
        for _ in running..<max(running, count) { try await startAnother(&random) }
    }

    /// A fault that was armed may still stall the link.
    private func waitForAll() async throws {
        try await eventually("the end of all processes", every: .milliseconds(50)) {
            proxy.pass()
            return !tools.withLock { $0 }.contains(where: \.isRunning)
        }
    }

    private enum Way { case proxy, direct }

    private func start(_ way: Way, chunkSize: Int) async throws -> RunningTool {
        let url =
            switch way {
            case .proxy: proxy.connectionString(user: Cluster.role)
            case .direct: direct.url(user: Cluster.role)
            }
        return try await ToolRunner("caisson-example").start([
            "--database", url, "--backfills", folder, "--json", "backfill", "run", work.rawValue, "--workers",
            "2",
            "--chunk-size", "\(chunkSize)", "--max-skipped", "1000",
        ])
    }
}
