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
    private let name: String
    private let folder: String
    private let tools = Mutex<[RunningTool]>([])

    init(_ name: String, folder: String, server: PrivateServer, proxy: FaultProxy, direct: ConnectionOptions)
    {
        (self.name, self.folder, self.server, self.proxy, self.direct) = (name, folder, server, proxy, direct)
    }

    /// Keeps two processes at work and makes troubles happen until so many have, then lets the run end in peace.
    func play(_ troubles: Int, _ random: inout SeededGenerator) async throws -> ToolResult {
        for _ in 0..<troubles {
            try await keepRunning(2, &random)
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...80, using: &random)))
            guard let trouble = Trouble.allCases.randomElement(using: &random) else { continue }
            try await trouble.strike(self, &random)
        }
        for tool in tools.withLock({ $0 }) { _ = try await tool.result(within: .seconds(120)) }
        return try await start(viaProxy: false, chunkSize: 500).result(within: .seconds(120))
    }

    func anyTool(_ random: inout SeededGenerator) -> RunningTool? {
        tools.withLock { $0 }.filter(\.isRunning).randomElement(using: &random)
    }

    func execute(_ statement: SQL) async throws {
        let connection = try Connection(direct)
        defer { connection.close() }
        try connection.execute(statement)
    }

    private func keepRunning(_ count: Int, _ random: inout SeededGenerator) async throws {
        let running = tools.withLock { $0 }.filter(\.isRunning).count
        for _ in running..<max(running, count) {
            let tool = try await start(viaProxy: true, chunkSize: Int.random(in: 3...60, using: &random))
            tools.withLock { $0.append(tool) }
        }
    }

    private func start(viaProxy: Bool, chunkSize: Int) async throws -> RunningTool {
        let url =
            viaProxy
            ? proxy.connectionString : server.connectionString(database: direct.value(of: "dbname") ?? "")
        return try await ToolRunner().start([
            "--database", url, "--backfills", folder, "--json", "backfill", "run", name, "--workers", "2",
            "--chunk-size", "\(chunkSize)", "--max-skipped", "100",
        ])
    }
}
