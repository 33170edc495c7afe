import Backfills
import Migrations
import Postgres
import Synchronization

/// Answers migrations that ask whether the backfills they require have done their work, and remembers why not.
final class BackfillGates: Sendable {
    private let gate: BackfillGate
    private let folder: BackfillsFolder
    /// Handed down by the task, which the thread of a migration need not belong to.
    private let compiled = CompiledBackfills.all
    private let obstacles = Mutex<[String: GateObstacle]>([:])

    init(_ flags: GateFlags, schema: String) {
        gate = BackfillGate(schema: schema, limit: flags.verifyTimeout.timeout)
        folder = flags.backfills
    }

    /// The gate of a backfill.
    func status(of name: String, on connection: Connection) throws -> GateStatus {
        let (definition, trouble) = definition(of: name)
        switch try gate.check(name, as: definition, on: connection) {
        case .open: return .open
        case .closed(let obstacle):
            obstacles.withLock { $0[name] = obstacle }
            return .closed(reason: ([obstacle.description + "."] + trouble).joined(separator: "\n"))
        }
    }

    /// What it does, and why that is not known. A database may have a run of it all the same.
    private func definition(of name: String) -> (Backfill?, [String]) {
        do {
            return (try folder.read(compiled).backfill(named: name), [])
        } catch {
            return (nil, ["\(error)"])
        }
    }

    /// Why the gate of a backfill was closed the last time.
    func obstacle(of name: String) -> GateObstacle? {
        obstacles.withLock { $0[name] }
    }

    /// The commands that get a migration past the gate at which it waits.
    func advice(for name: String) -> String {
        guard let obstacle = obstacle(of: name) else {
            return "See how it is: caisson backfill status \(name)"
        }
        return obstacle.advice(for: name)
    }
}

extension GateObstacle {
    /// What to do about it.
    fileprivate func advice(for name: String) -> String {
        let run = "caisson backfill run \(name)"
        let up = "caisson migrate up"
        let both = "Or both at once: \(up) --run-backfills"
        switch self {
        case .unknown:
            return """
                Name the folder that has it: \(up) --backfills DIR; or write it: caisson backfill new \(name)
                """
        case .neverRun:
            return """
                Give it a verify query, a line such as -- verify: SELECT count(*) FROM my_table WHERE my_column IS NULL
                Then run it: \(run); then: \(up)
                \(both)
                """
        case .needed, .cancelled: return "Run it: \(run); then: \(up)\n\(both)"
        case .unfinished(_, .paused, _, _):
            return "Go on with it: caisson backfill resume \(name); then: \(up)"
        case .unfinished(_, _, .present, _):
            return "Watch it: caisson backfill status \(name) --watch; when it is done: \(up)"
        case .unfinished(.failed, _, .absent, _):
            return "See why: caisson backfill status \(name); mend the cause, then: \(run); then: \(up)"
        case .unfinished: return "Finish it: \(run); then: \(up)\n\(both)"
        case .nothingToAsk(.known):
            return """
                Give it one, a line such as -- verify: SELECT count(*) FROM my_table WHERE my_column IS NULL; then: \(up)
                """
        case .nothingToAsk(.unknown): return "Name the folder that has it: \(up) --backfills DIR"
        case .remains:
            return """
                See which rows it counts. When they are mended: \(up)
                Or do everything again: \(run) --restart; then: \(up)
                """
        case .timedOut:
            return
                "Give it more time: \(up) --verify-timeout 1h    or see what it waits for: SELECT * FROM pg_stat_activity;"
        case .unreadable: return "Correct the query, or make what it reads; then: \(up)"
        }
    }
}
