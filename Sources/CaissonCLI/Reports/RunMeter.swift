import Backfills

/// Measures how a run gets on, from its events and the time: a pure value.
struct RunMeter: Sendable {
    private let name: String
    private let kind: String
    private let workers: Int

    private var total = 0
    private(set) var scanned = 0
    private var busy = 0.0
    private var activity: Activity = .working
    /// How many rows were scanned when: the last few seconds, from which the rate is taken.
    private var samples: [(at: Double, scanned: Int)] = [(0, 0)]

    private enum Activity: Equatable {
        case working, retrying, waiting(Int), following(Int), standby, analyzing, verifying
    }

    /// Long enough to be steady, short enough to follow a change of pace.
    private static let window = 5.0
    /// The columns that percent, rows, rate, time left and limit take at a million rows.
    private static let usualFigures = 72

    init(name: String, kind: String, workers: Int) {
        (self.name, self.kind, self.workers) = (name, kind, workers)
    }

    /// Takes note of an event, `elapsed` seconds after the start.
    mutating func record(_ event: BackfillEvent, at elapsed: Double) {
        switch event {
        case .started(_, _, _, let progress, let estimate):
            (total, scanned) = (estimate, progress.scanned)
            samples = [(elapsed, scanned)]
        case .chunk(let chunk):
            scanned += chunk.scanned
            busy += chunk.seconds
            activity = .working
            samples.append((elapsed, scanned))
            while samples.count > 2, samples[1].at < elapsed - Self.window { samples.removeFirst() }
        case .retrying: activity = .retrying
        case .waitingForOthers(let held): activity = .waiting(held)
        case .following(let rows, let waiting): activity = rows > 0 ? .working : .following(waiting)
        case .waitingForStandby: activity = .standby
        case .analyzing: activity = .analyzing
        case .verifying: activity = .verifying
        case .path, .finding, .leaseLost, .skipped, .partGone, .anotherPass, .paused: break
        }
    }

    /// Rows a second over the last seconds.
    func rate(at elapsed: Double) -> Double {
        guard let first = samples.first, elapsed > first.at else { return 0 }
        return Double(scanned - first.scanned) / (elapsed - first.at)
    }

    /// The share of the work that is done; never 100 before the end, because the total is an estimate.
    var percent: Int { min(99, Numbers.percent(scanned, of: max(total, scanned))) }

    /// One live line of at most so many columns. The bar keeps its length while figures come and go, and figures that do
    /// not fit are left out from the end.
    func bar(width: Int, at elapsed: Double) -> String {
        let figures = self.figures(at: elapsed, rows: "\(Numbers.grouped(scanned)) rows")
        let cells = max(8, min(24, width - name.count - Self.usualFigures))
        let filled = cells * percent / 100
        var line = "\(name)  " + String(repeating: "█", count: filled)
        line += String(repeating: "░", count: cells - filled) + " \(percent) %"
        for figure in figures {
            guard line.count + figure.count + 2 <= width else { break }
            line += "  " + figure
        }
        return String(line.prefix(width))
    }

    /// The same for a log.
    func sentence(at elapsed: Double) -> String {
        let rows = "\(Numbers.grouped(scanned)) of \(Numbers.grouped(max(total, scanned))) rows"
        return "\(name)  \(percent) %, " + figures(at: elapsed, rows: rows).joined(separator: ", ")
    }

    private func figures(at elapsed: Double, rows: String) -> [String] {
        let rate = rate(at: elapsed)
        var figures = [rows]
        if rate >= 1 {
            figures.append("\(Numbers.grouped(Int(rate))) rows/s")
            if total > scanned { figures.append("ETA \(Numbers.duration(Double(total - scanned) / rate))") }
        }
        figures.append(limit(at: elapsed))
        return figures
    }

    /// What the run waits for most. Time outside chunks is spent on reading rows and transforming them.
    private func limit(at elapsed: Double) -> String {
        switch activity {
        case .retrying: return "trying again"
        case .waiting(let held): return "waiting for \(Numbers.count(held, "range")) of others"
        case .following(let waiting):
            return waiting == 0
                ? "following, no lag"
                : "following, \(Numbers.count(waiting, "row")) not committed yet in order"
        case .standby: return "waiting for a synchronous standby"
        case .analyzing: return "analyzing"
        case .verifying: return "verifying"
        case .working where busy == 0: return "starting"
        case .working: break
        }
        let share = busy / max(0.001, elapsed * Double(workers))
        if share >= 0.6 { return kind == "sql" ? "limited by the server" : "limited by writing" }
        return kind == "sql" ? "limited by this client" : "limited by reading"
    }
}
