import LocalServer
import Postgres
import TestSupport

/// Something that goes wrong while a backfill runs.
enum Trouble: String, CaseIterable, Sendable {
    case killProcess, stopProcess, handOver, interruptProcess
    case terminateBackends, cancelStatements, pauseRun, restartServer
    case crashBackend, crashAtLockTimeout, crashAtBadRow
    case cutLink, cutInCommit, loseCommitReply, stallLink, stallInCommit
    case lockTable, lockRows, changeSchema, rewriteTable, deadlock
    /// Once, in the rounds that have a standby.
    case promoteStandby

    /// Those that strike in every round.
    static let ordinary = allCases.filter { $0 != .promoteStandby }

    /// Makes it happen, and mends what has to be mended for the run to go on.
    func strike(_ round: Round, _ random: inout SeededGenerator) async throws {
        switch self {
        case .promoteStandby: break
        case .killProcess: round.anyTool(&random)?.send(.kill)
        case .interruptProcess: round.anyTool(&random)?.send(.interrupt)
        case .stopProcess:
            let tool = round.anyTool(&random)
            tool?.send(.stop)
            try await pause(&random)
            tool?.send(.resume)
        case .handOver: try await handOver(round, &random)
        case .terminateBackends: try await round.execute(TroubleStatements.terminate)
        case .cancelStatements: try await round.execute(TroubleStatements.cancel)
        case .pauseRun:
            try await round.want("paused")
            try await pause(&random)
        case .restartServer: try await round.server.restart(.immediate)
        case .crashBackend: try await round.server.crash(.backend)
        case .crashAtLockTimeout:
            round.crash(at: "55P03", &random)
            let remainder = Int.random(in: 0...6, using: &random)
            let rows: SQL = "SELECT FROM city WHERE population % 7 = \(remainder) FOR UPDATE SKIP LOCKED"
            try await hold(rows, round, 520...900, &random)
        case .crashAtBadRow: round.crash(at: round.work.badRowState, &random)
        case .cutLink: round.proxy.cut()
        case .cutInCommit: _ = round.proxy.arm(.statement(containing: "COMMIT"), .loseRequest)
        case .loseCommitReply: _ = round.proxy.arm(.statement(containing: "COMMIT"), .loseReply)
        case .stallLink:
            round.proxy.stall()
            try await pause(&random)
            round.proxy.pass()
        case .stallInCommit:
            let stalled = round.proxy.arm(.statement(containing: "COMMIT"), .stall)
            try? await stalled.wait(within: .seconds(1))
            try await pause(&random)
            if Bool.random(using: &random) { round.proxy.cut() }
            round.proxy.pass()
        case .lockTable: try await hold("LOCK TABLE city IN ACCESS EXCLUSIVE MODE", round, 1...250, &random)
        case .lockRows:
            let rows: SQL = "SELECT FROM city ORDER BY id DESC LIMIT 500 FOR UPDATE"
            try await hold(rows, round, 1...250, &random)
        case .changeSchema:
            let column = "note_\(Int.random(in: 0...3, using: &random))"
            let change: SQL =
                "ALTER TABLE city ADD COLUMN IF NOT EXISTS \(identifier: Identifier(column)) text"
            try await hold(change, round, 600...2000, &random)
        case .rewriteTable:
            try await round.execute(
                Bool.random(using: &random) ? "VACUUM FULL city" : "VACUUM city"
            )
        case .deadlock:
            try await DeadlockProvocation(round, remainder: Int.random(in: 0...6, using: &random)).run()
        }
    }

    /// How long a trouble lasts; a wait here is the trouble itself, not a wait for something.
    private func pause(_ length: ClosedRange<Int> = 1...250, _ random: inout SeededGenerator) async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: length, using: &random)))
    }

    private func pause(_ random: inout SeededGenerator) async throws {
        try await pause(1...250, &random)
    }

    private func hold(
        _ statement: SQL,
        _ round: Round,
        _ length: ClosedRange<Int>,
        _ random: inout SeededGenerator
    ) async throws {
        let connection = try await round.direct.connected()
        defer { connection.close() }
        let ending = Bool.random(using: &random) ? "COMMIT" : "ROLLBACK"
        let milliseconds = Int.random(in: length, using: &random)
        do {
            try connection.runScript("BEGIN; SET LOCAL lock_timeout = '4s'")
            try connection.execute(statement)
            // As long as this the lock is in everybody's way.
            try await Task.sleep(for: .milliseconds(milliseconds))
            try connection.runScript(ending)
        } catch let error as PostgresError where error.isTransient {
            // It was in the way of somebody else, and gave way.
        }
    }

    /// Stops a process until others have taken over what it was at, and lets it go on where it was.
    private func handOver(_ round: Round, _ random: inout SeededGenerator) async throws {
        guard let tool = round.anyTool(&random) else { return }
        tool.send(.stop)
        try await round.startAnother(&random)
        let owner = "%:\(tool.processID):%"
        _ = try? await eventually(within: .seconds(2), "the ranges of the stopped process are taken over") {
            try await round.execute(TroubleStatements.expireLeases(of: owner))
            return try await round.count(TroubleStatements.held(by: owner)) == 0
        }
        try await pause(1...60, &random)
        tool.send(.resume)
    }
}
