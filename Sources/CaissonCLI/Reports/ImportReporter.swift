import Bulk
import Synchronization

/// Shows how an import gets on.
final class ImportReporter: Sendable {
    private let console: Console
    private let start = ContinuousClock.now
    private let lastShown = Mutex(ContinuousClock.now)
    private let meter = Mutex(ImportMeter())
    /// A terminal is redrawn ten times a second at most; a log gets a line every ten seconds.
    private let pause: Duration

    init(_ console: Console) {
        self.console = console
        pause = console.isLive ? .milliseconds(100) : .seconds(10)
    }

    /// Takes an event.
    func receive(_ event: ImportEvent) {
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let meter = meter.withLock { meter in
            meter.record(event, at: elapsed)
            return meter
        }
        if case .progress = event, !isDue() { return }
        if console.isLive, case .progress(let progress) = event {
            return console.show(status: meter.bar(progress, width: console.statusWidth, at: elapsed))
        }
        if console.isLive, case .merging = event {
            let report = ImportEventReport(event: event, elapsed: elapsed)
            return console.show(status: report.text(.plain) ?? "")
        }
        console.report(ImportEventReport(event: event, elapsed: elapsed, meter: meter))
    }

    private func isDue() -> Bool {
        lastShown.withLock { last in
            guard ContinuousClock.now - last >= pause else { return false }
            last = .now
            return true
        }
    }
}
