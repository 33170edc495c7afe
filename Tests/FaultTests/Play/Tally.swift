import TestSupport

/// What happened in rounds: which troubles struck, and how the processes ended.
struct Tally: CustomStringConvertible {
    private(set) var rounds = 0
    private var troubles: [String: Int] = [:]
    private var circumstances: [String: Int] = [:]
    private var writes: [String: Int] = [:]
    private var words: [String: Int] = [:]
    private var endings: [String: Int] = [:]
    /// What the processes said that gave up.
    private var failures: [String: Int] = [:]
    /// Endings that no trouble explains, each with what the process said.
    private(set) var crashes: [String] = []

    /// What the reports of the processes are searched for.
    private static let signs = [
        "deadlocks": "40P01", "lock timeouts": "55P03", "leases lost": "\"backfill.lease_lost\"",
        "retries": "\"backfill.retrying\"", "skipped": "\"backfill.skipped\"",
        "further passes": "\"backfill.another_pass\"",
    ]

    init() {}

    init(
        troubles: [Trouble],
        writes: [ApplicationWrite: Int],
        rescuedRows: Int,
        results: [ToolResult]
    ) {
        rounds = 1
        if rescuedRows > 0 { self.writes["rows freed between lock and write"] = rescuedRows }
        for (write, count) in writes { self.writes[write.rawValue] = count }
        for trouble in troubles { self.troubles[trouble.rawValue, default: 0] += 1 }
        for result in results { add(result) }
    }

    private mutating func add(_ result: ToolResult) {
        let lines = result.output.split(separator: "\n")
        for (word, sign) in Self.signs { words[word, default: 0] += lines.count { $0.contains(sign) } }
        endings["\(result.ending)", default: 0] += 1
        if result.ending == .exited(1) { failures[Self.reason(result), default: 0] += 1 }
        // SIGKILL, SIGINT before the program listens to it; a failed, waiting or interrupted run can be gone on with.
        let explained: [ToolResult.Ending] = [
            .exited(0), .exited(1), .exited(15), .exited(20), .exited(21), .exited(22), .killed(9),
            .killed(2),
        ]
        guard !explained.contains(result.ending) else { return }
        crashes.append("\(result.ending): \(result.errorOutput.suffix(300))")
    }

    mutating func add(_ circumstances: Circumstances) {
        for word in circumstances.words { self.circumstances[word, default: 0] += 1 }
    }

    mutating func add(_ other: Tally) {
        circumstances.merge(other.circumstances, uniquingKeysWith: +)
        rounds += other.rounds
        troubles.merge(other.troubles, uniquingKeysWith: +)
        writes.merge(other.writes, uniquingKeysWith: +)
        words.merge(other.words, uniquingKeysWith: +)
        failures.merge(other.failures, uniquingKeysWith: +)
        endings.merge(other.endings, uniquingKeysWith: +)
        crashes += other.crashes
    }

    var description: String {
        """
        \(rounds) fault rounds
          circumstances: \(Self.list(circumstances))
          troubles: \(Self.list(troubles))
          application: \(Self.list(writes))
          noticed: \(Self.list(words))
          processes: \(Self.list(endings))
          gave up: \(Self.list(failures, separator: "\n    "))
        """
    }

    /// The beginning of the error, without where it was to connect to.
    private static func reason(_ result: ToolResult) -> String {
        let line =
            (result.errorOutput + result.output).split(separator: "\n").last { $0.contains("error") } ?? ""
        let message = line.replacing(/^.*"message":"/, with: "").replacing(
            /\(host=[^)]*\)|"[^"]*"|[0-9]+/,
            with: ""
        )
        return String(message.prefix(100))
    }

    private static func list(_ counts: [String: Int], separator: String = ", ") -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: separator)
    }
}
