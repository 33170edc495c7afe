import Backfills
import Synchronization

/// Shows how a run gets on: every event as JSON, or a live line, or a plain line now and then.
final class RunReporter: Sendable {
    private struct State {
        var meter: RunMeter
        var lastShown: ContinuousClock.Instant?
    }

    private let name: String
    private let console: Console
    private let start = ContinuousClock.now
    /// A terminal is redrawn ten times a second at most; a log gets a line every ten seconds.
    private let pause: Duration
    private let state: Mutex<State>

    init(_ backfill: Backfill, workers: Int, console: Console) {
        name = backfill.name
        self.console = console
        pause = console.isLive ? .milliseconds(100) : .seconds(10)
        state = Mutex(State(meter: RunMeter(name: backfill.name, kind: backfill.kind, workers: workers)))
    }

    /// Takes an event; may be called by several tasks.
    func receive(_ event: BackfillEvent) {
        console.report(BackfillEventReport(name: name, event: event))
        guard console.format == .text else { return }
        let now = ContinuousClock.now
        let elapsed = (now - start) / .seconds(1)
        state.withLock { state in
            state.meter.record(event, at: elapsed)
            guard isDue(event, state.lastShown, now) else { return }
            state.lastShown = now
            show(state.meter, at: elapsed)
        }
    }

    private func isDue(
        _ event: BackfillEvent,
        _ last: ContinuousClock.Instant?,
        _ now: ContinuousClock.Instant
    ) -> Bool {
        if console.isLive, !event.isChunk { return true }
        return now - (last ?? (console.isLive ? start - pause : start)) >= pause
    }

    private func show(_ meter: RunMeter, at elapsed: Double) {
        if console.isLive {
            console.show(status: meter.bar(width: console.statusWidth, at: elapsed))
        } else {
            console.say(meter.sentence(at: elapsed))
        }
    }
}

extension BackfillEvent {
    fileprivate var isChunk: Bool {
        if case .chunk = self { true } else { false }
    }
}
