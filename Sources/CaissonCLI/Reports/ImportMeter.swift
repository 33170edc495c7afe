import Bulk

/// Measures how an import gets on, from its events and the time: a pure value.
struct ImportMeter: Sendable {
    /// How much was read when: the last few seconds, from which the rates are taken.
    private var samples: [(at: Double, bytes: Int, rows: Int)] = []
    private var skipped = 0

    /// Long enough to be steady, short enough to follow a change of pace.
    private static let window = 5.0

    /// Takes note of an event, `elapsed` seconds after the start.
    mutating func record(_ event: ImportEvent, at elapsed: Double) {
        switch event {
        case .progress(let progress):
            samples.append((elapsed, progress.bytes, progress.rows))
            while samples.count > 2, samples[1].at < elapsed - Self.window { samples.removeFirst() }
        case .skipped: skipped += 1
        default: break
        }
    }

    /// One live line of at most so many columns; figures that do not fit are left out from the end.
    func bar(_ progress: ImportProgress, width: Int, at elapsed: Double) -> String {
        var line = ""
        if let total = progress.totalBytes {
            let percent = Numbers.percent(progress.bytes, of: total)
            let filled = 20 * percent / 100
            line = String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
            line += " \(percent) %"
        }
        for figure in figures(progress) {
            guard line.count + figure.count + 2 <= width else { break }
            line += (line.isEmpty ? "" : "  ") + figure
        }
        return String(line.prefix(width))
    }

    /// The same for a log.
    func sentence(_ progress: ImportProgress, at elapsed: Double) -> String {
        let share = progress.totalBytes.map { ["\(Numbers.percent(progress.bytes, of: $0)) %"] } ?? []
        return (share + figures(progress)).joined(separator: ", ")
    }

    private func figures(_ progress: ImportProgress) -> [String] {
        var figures = [Numbers.count(progress.rows, "row")]
        if let first = samples.first, let last = samples.last, last.at > first.at {
            let seconds = last.at - first.at
            let bytesPerSecond = Double(last.bytes - first.bytes) / seconds
            figures.append("\(Numbers.grouped(Int(Double(last.rows - first.rows) / seconds))) rows/s")
            if let total = progress.totalBytes, bytesPerSecond >= 1, total > progress.bytes {
                figures.append("ETA \(Numbers.duration(Double(total - progress.bytes) / bytesPerSecond))")
            }
            figures.append("\(Numbers.grouped(Int(bytesPerSecond / 1_048_576))) MiB/s")
        }
        if skipped > 0 { figures.append("\(Numbers.grouped(skipped)) left out") }
        return figures
    }
}
