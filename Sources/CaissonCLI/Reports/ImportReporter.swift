import Bulk
import Synchronization

/// Shows how an import gets on.
final class ImportReporter: Sendable {
    private let console: Console
    private let start = ContinuousClock.now
    private let lastShown = Mutex(ContinuousClock.now)
    private let meter = Mutex(ImportMeter())
    private let skipped = Mutex(0)
    private let started = Mutex<ImportPlan?>(nil)
    /// A terminal is redrawn ten times a second at most; a log gets a line every ten seconds.
    private let pause: Duration

    private let purpose: Purpose

    /// What the rows are read for.
    enum Purpose: Sendable {
        case storing
        /// To know all that would be refused.
        case checking

        /// What becomes of a row that is refused.
        var verb: String {
            switch self {
            case .storing: "left out"
            case .checking: "would be refused"
            }
        }
    }

    init(_ console: Console, _ purpose: Purpose = .storing) {
        (self.console, self.purpose) = (console, purpose)
        pause = console.isLive ? .milliseconds(100) : .seconds(10)
    }

    /// The columns that the file gives values, once they are known.
    var columns: [String]? { started.withLock { $0?.columns.map(\.name) } }

    /// The columns of the file, once they are known.
    var fileColumns: [String]? { started.withLock { $0?.fileColumns } }

    /// Takes an event.
    func receive(_ event: ImportEvent) {
        if case .started(let plan) = event { started.withLock { $0 = plan } }
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let meter = meter.withLock { meter in
            meter.record(event, at: elapsed)
            return meter
        }
        if case .progress = event, !isDue() { return }
        if case .skipped = event, !isShown() { return }
        if console.isLive, case .progress(let progress) = event {
            return console.show(status: meter.bar(progress, width: console.statusWidth, at: elapsed))
        }
        if console.isLive, case .merging = event {
            let report = ImportEventReport(event: event, elapsed: elapsed)
            return console.show(status: report.text(.plain) ?? "")
        }
        console.report(ImportEventReport(event: event, elapsed: elapsed, purpose: purpose, meter: meter))
    }

    /// The most rows that are shown to people; programs get all of them.
    private static let mostSkipped = 20

    /// Counts a row that was left out, and says so once where the rest is not shown.
    private func isShown() -> Bool {
        guard console.format == .text, purpose == .storing else { return true }
        let number = skipped.withLock { count in
            count += 1
            return count
        }
        if number == Self.mostSkipped + 1 {
            console.say(
                "more rows are left out, which are only counted here; --skipped in place of --max-skipped lists them"
            )
        }
        return number <= Self.mostSkipped
    }

    private func isDue() -> Bool {
        lastShown.withLock { last in
            guard ContinuousClock.now - last >= pause else { return false }
            last = .now
            return true
        }
    }
}
