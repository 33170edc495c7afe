import LocalServer
import Postgres
import TestSupport

/// Something that goes wrong while a backfill runs.
enum Trouble: String, CaseIterable, Sendable {
    case killProcess, stopProcess, interruptProcess
    case terminateBackends, cancelNothing, restartServer
    case cutLink, cutInCommit, loseCommitReply, stallLink
    case lockTable, lockRows

    /// Makes it happen, and mends what has to be mended for the run to go on.
    func strike(_ round: Round, _ random: inout SeededGenerator) async throws {
        switch self {
        case .killProcess: round.anyTool(&random)?.send(.kill)
        case .interruptProcess: round.anyTool(&random)?.send(.interrupt)
        case .stopProcess:
            let tool = round.anyTool(&random)
            tool?.send(.stop)
            try await pause(&random)
            tool?.send(.resume)
        case .terminateBackends: try await round.execute(Self.terminate)
        case .cancelNothing: try await pause(&random)
        case .restartServer: try await round.server.restart(.immediate)
        case .cutLink: round.proxy.cut()
        case .cutInCommit: _ = round.proxy.arm(.statement(containing: "COMMIT"), .loseRequest)
        case .loseCommitReply: _ = round.proxy.arm(.statement(containing: "COMMIT"), .loseReply)
        case .stallLink:
            round.proxy.stall()
            try await pause(&random)
            round.proxy.pass()
        case .lockTable: try await hold("LOCK TABLE city IN ACCESS EXCLUSIVE MODE", round, &random)
        case .lockRows:
            try await hold("SELECT FROM city ORDER BY id DESC LIMIT 500 FOR UPDATE", round, &random)
        }
    }

    private static let terminate: SQL = """
        SELECT pg_terminate_backend(pid)
        FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'caisson %' AND random() < 0.7
        """

    /// How long a trouble lasts; a wait here is the trouble itself, not a wait for something.
    private func pause(_ random: inout SeededGenerator) async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: 1...250, using: &random)))
    }

    private func hold(_ statement: SQL, _ round: Round, _ random: inout SeededGenerator) async throws {
        let connection = try Connection(round.direct)
        defer { connection.close() }
        try connection.runScript("BEGIN")
        try connection.execute(statement)
        try await pause(&random)
        try connection.runScript("COMMIT")
    }
}
