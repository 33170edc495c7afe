import TestSupport

/// What is so all through a round, drawn from its seed.
struct Circumstances: Sendable {
    /// Who uses the table besides the run.
    enum Users: String, CaseIterable, Sendable {
        /// Nobody: then the counters are exact.
        case nobody
        /// An application whose commits are durable, and with them all before them.
        case application
        /// One whose commits a crash may take back, as it does with those of chunks.
        case carelessApplication
    }

    /// Time limits of the role by which the run works.
    enum Limits: String, CaseIterable, Sendable {
        case idleSessions, idleTransactions, both, statements, locks, sockets

        /// As in ALTER ROLE.
        var settings: [String] {
            switch self {
            case .idleSessions: ["idle_session_timeout = '300ms'"]
            case .idleTransactions: ["idle_in_transaction_session_timeout = '300ms'"]
            case .both: ["idle_session_timeout = '2s'", "idle_in_transaction_session_timeout = '300ms'"]
            case .statements: ["statement_timeout = '1s'"]
            case .locks: ["lock_timeout = '100ms'"]
            case .sockets:
                ["tcp_user_timeout = '500ms'", "tcp_keepalives_idle = 1", "tcp_keepalives_count = 1"]
            }
        }
    }

    let users: Users
    /// `nil` where the role has none.
    let limits: Limits?
    /// How long the server may keep commits that nobody waits for in memory; `nil` is its default.
    let logWriterDelay: String?
    /// `nil` where the server is the only one.
    let standby: StandbyServer.Mode?

    init(_ random: inout SeededGenerator) {
        users =
            switch Int.random(in: 0...3, using: &random) {
            case 0: .nobody
            case 1: .carelessApplication
            default: .application
            }
        limits =
            Int.random(in: 0...2, using: &random) == 0 ? Limits.allCases.randomElement(using: &random) : nil
        logWriterDelay = Bool.random(using: &random) ? "10s" : nil
        let hasStandby = Int.random(in: 0...9, using: &random) == 0
        standby = hasStandby ? StandbyServer.Mode.allCases.randomElement(using: &random) : nil
    }

    /// For people who read the tally.
    var words: [String] {
        [
            "users: \(users.rawValue)", limits.map { "limits: \($0.rawValue)" },
            logWriterDelay.map { "log written every \($0)" }, standby.map { "standby: \($0.rawValue)" },
        ].compactMap { $0 }
    }
}
