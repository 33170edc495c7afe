/// Counts outcomes, for people.
struct Summary {
    private(set) var trials = 0
    private var outcomes: [String: Int] = [:]
    private var reasons: [String: Int] = [:]
    private var kinds: [String: Int] = [:]
    /// Refusals of definitions that are harmless.
    private(set) var needless: [String] = []
    private(set) var refused = 0
    private var faults: [String] = []
    private var harmless = 0

    mutating func add(_ outcome: Outcome, of trial: Trial) {
        trials += 1
        if trial.definition.hazards.isEmpty { harmless += 1 }
        kinds[trial.definition.kind, default: 0] += 1
        switch outcome {
        case .equal: count("equal")
        case .aboutChunk: count("depends on the chunk, not compared")
        case .fault:
            count("FAULT")
            let hazards =
                trial.definition.hazards.isEmpty
                ? "" : " (\(trial.definition.hazards.joined(separator: "; ")))"
            faults.append(
                "SEED=\(trial.seed) \(trial.definition.kind)\(hazards): \(trial.table.traits.joined(separator: "; "))"
            )
        case .dataError(let failure):
            count("both failed: the data")
            reasons["data, SQLSTATE \(failure.sqlState ?? "?")", default: 0] += 1
        case .refused(let failure):
            refused += 1
            count("refused, nothing changed")
            note(failure, trial)
        case .stopped(let failure):
            refused += 1
            count("stopped behind complete chunks")
            note(failure, trial)
        }
    }

    private mutating func count(_ outcome: String) { outcomes[outcome, default: 0] += 1 }

    private mutating func note(_ failure: Failure, _ trial: Trial) {
        reasons[failure.reason, default: 0] += 1
        if trial.definition.hazards.isEmpty { needless.append("SEED=\(trial.seed) \(failure.reason)") }
    }

    /// The share of definitions that were not refused, and of the harmless ones among them.
    var ran: Double { 1 - Double(refused) / Double(max(1, trials)) }
    var harmlessRan: Double { 1 - Double(needless.count) / Double(max(1, harmless)) }

    var description: String {
        let percent = Int((ran * 100).rounded())
        return """
            \(trials) definitions, \(percent) % ran, \(refused) refused, \(needless.count) of them without need (of \(harmless) harmless ones)
            \(Self.lines(outcomes))
            refused and failed, by reason:
            \(Self.lines(reasons))
            kinds:
            \(Self.lines(kinds))
            refused without need:
            \(needless.map { "  " + $0 }.joined(separator: "\n"))
            faults:
            \(faults.map { "  " + $0 }.joined(separator: "\n"))
            """
    }

    private static func lines(_ counts: [String: Int]) -> String {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "  \($0.value)\t\($0.key)" }.joined(separator: "\n")
    }
}
