@testable import Backfills
import Testing

@testable import CaissonCLI

@Suite struct RunMeterTests {
    private func meter(rows: Int, before: Int = 0) -> RunMeter {
        var meter = RunMeter(name: "fill", kind: "sql", workers: 1)
        var progress = RunProgress()
        progress.scanned = before
        meter.record(
            .started(run: 1, name: "fill", resumed: before > 0, progress: progress, estimatedRows: rows),
            at: 0
        )
        return meter
    }

    private func chunk(_ rows: Int, seconds: Double) -> BackfillEvent {
        .chunk(.init(range: 1, cursor: "x", scanned: rows, changed: rows, moved: 0, seconds: seconds))
    }

    @Test func `a run shows bar, percent, rows, rate, time left and what limits it`() {
        var meter = meter(rows: 10_000)
        meter.record(chunk(2500, seconds: 0.9), at: 1)
        #expect(
            meter.bar(width: 120, at: 1)
                == "fill  ██████░░░░░░░░░░░░░░░░░░ 25 %  2,500 rows  2,500 rows/s  ETA 3.0 s  limited by the server"
        )
        #expect(
            meter.sentence(at: 1)
                == "fill  25 %, 2,500 of 10,000 rows, 2,500 rows/s, ETA 3.0 s, limited by the server"
        )
    }

    @Test(arguments: [20, 40, 60, 80, 120])
    func `a live line is never wider than the terminal`(_ width: Int) {
        var meter = meter(rows: 1_000_000_000)
        meter.record(chunk(123_456_789, seconds: 0.1), at: 1)
        #expect(meter.bar(width: width, at: 1).count <= width)
    }

    @Test func `what was done before counts for the share and not for the rate`() {
        var meter = meter(rows: 1000, before: 500)
        #expect(meter.percent == 50)
        meter.record(chunk(100, seconds: 1), at: 2)
        #expect(meter.percent == 60)
        #expect(meter.rate(at: 2) == 50)
    }

    @Test func `an estimate that was too low never shows 100 percent`() {
        var meter = meter(rows: 10)
        meter.record(chunk(500, seconds: 1), at: 1)
        #expect(meter.percent == 99)
        #expect(meter.sentence(at: 1).contains("500 of 500 rows"))
        #expect(!meter.sentence(at: 1).contains("ETA"))
    }

    @Test func `the rate follows the last seconds`() {
        var meter = meter(rows: 1_000_000)
        for second in 1...20 {
            meter.record(chunk(second <= 10 ? 1000 : 10, seconds: 0.5), at: Double(second))
        }
        #expect(meter.rate(at: 20) == 10)
    }

    @Test(arguments: [
        (BackfillEvent.retrying(range: 1, reason: "lock", after: 1), "trying again"),
        (.waitingForStandby, "waiting for a synchronous standby"),
        (.waitingForOthers(rangesHeld: 2), "waiting for 2 ranges of others"),
        (.analyzing(table: "t"), "analyzing"), (.verifying, "verifying"),
    ])
    func `what it waits for is named`(_ event: BackfillEvent, _ words: String) {
        var meter = meter(rows: 10)
        meter.record(event, at: 1)
        #expect(meter.sentence(at: 1).hasSuffix(words))
    }
}
