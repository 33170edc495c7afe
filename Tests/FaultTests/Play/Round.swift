import Foundation
import LocalServer
import Postgres
import Synchronization
import TestSupport

/// One backfill from its beginning to its end, by several processes, with trouble on the way.
final class Round: Sendable {
    let server: PrivateServer
    let proxy: FaultProxy
    let direct: ConnectionOptions
    private let work: Work
    private let folder: String
    private let tools = Mutex<[RunningTool]>([])
    private let struck = Mutex<[Trouble]>([])

    init(_ work: Work, folder: String, server: PrivateServer, proxy: FaultProxy, direct: ConnectionOptions) {
        (self.work, self.folder, self.server, self.proxy, self.direct) = (work, folder, server, proxy, direct)
    }

    /// Keeps two processes at work and makes troubles happen until so many have or all is done, then lets the run end in
    /// peace.
    func play(
        _ troubles: Int,
        _ application: Application,
        _ random: inout SeededGenerator
    ) async throws -> ToolResult {
        for _ in 0..<troubles {
            try await keepRunning(2, &random)
            // Not a wait for anything: troubles shall strike at any point of the work.
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...80, using: &random)))
            let trouble = Trouble.allCases.randomElement(using: &random) ?? .killProcess
            guard try await !isOver else { break }
            // What an armed fault has stalled since.
            proxy.pass()
            try await trouble.strike(self, &random)
            struck.withLock { $0.append(trouble) }
        }
        application.calmDown()
        try await waitForAll()
        try await want("running")
        return try await start(viaProxy: false, chunkSize: 500).result(within: .seconds(120))
    }

    /// The troubles that came while there was something to disturb, and what the processes said of them.
    func tally(_ application: Application) async throws -> Tally {
        var results: [ToolResult] = []
        for tool in tools.withLock({ $0 }) { results.append(try await tool.result()) }
        return Tally(troubles: struck.withLock { $0 }, writes: application.writes, results: results)
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
        let connection = try await direct.connected()
        defer { connection.close() }
        return try connection.queryOne(query, as: Int.self)
    }

    func startAnother(_ random: inout SeededGenerator) async throws {
        let tool = try await start(viaProxy: true, chunkSize: Int.random(in: 3...40, using: &random))
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
        try await eventually(within: .seconds(120), "the end of all processes", every: .milliseconds(50)) {
            proxy.pass()
            return !tools.withLock { $0 }.contains(where: \.isRunning)
        }
    }

    private func start(viaProxy: Bool, chunkSize: Int) async throws -> RunningTool {
        let url =
            viaProxy
            ? proxy.connectionString : server.connectionString(database: direct.value(of: "dbname") ?? "")
        return try await ToolRunner().start([
            "--database", url, "--backfills", folder, "--json", "backfill", "run", work.rawValue, "--workers",
            "2",
            "--chunk-size", "\(chunkSize)", "--max-skipped", "1000",
        ])
    }
}
