import Bulk
import Synchronization

/// Shows how an import gets on.
final class ImportReporter: Sendable {
    private let console: Console
    private let start = ContinuousClock.now
    private let lastShown = Mutex(ContinuousClock.now)
    /// A terminal is redrawn ten times a second at most; a log gets a line every ten seconds.
    private let pause: Duration

    init(_ console: Console) {
        self.console = console
        pause = console.isLive ? .milliseconds(100) : .seconds(10)
    }

    /// Takes an event.
    func receive(_ event: ImportEvent) {
        if case .progress = event, !isDue() { return }
        let report = ImportEventReport(event: event, elapsed: (ContinuousClock.now - start) / .seconds(1))
        if console.isLive, let status = report.text(.plain) {
            console.show(status: String(status.prefix(console.statusWidth)))
        } else {
            console.report(report)
        }
    }

    private func isDue() -> Bool {
        lastShown.withLock { last in
            guard ContinuousClock.now - last >= pause else { return false }
            last = .now
            return true
        }
    }
}
