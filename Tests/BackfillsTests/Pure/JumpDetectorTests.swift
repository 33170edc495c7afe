@testable import Backfills
import Testing

struct JumpDetectorTests {
    @Test func `a chunk that takes much longer a key than those before it is told once`() {
        var detector = JumpDetector()
        let seconds = [0.2, 0.21, 0.4, 0.2, 0.2, 0.25, 1.5, 1.5, 1.6]
        let jumps = seconds.map { detector.record(keys: 1000, seconds: $0) }
        #expect(jumps == [false, false, false, false, false, false, true, false, false])
    }

    @Test func `larger chunks are no jump, nor are moments and empty chunks`() {
        var detector = JumpDetector()
        let chunks = Array(repeating: (100, 0.01), count: 10) + [(10_000, 1.0), (10, 0.09), (0, 5)]
        let jumps = chunks.map { detector.record(keys: $0.0, seconds: $0.1) }
        #expect(!jumps.contains(true))
    }

    @Test func `the first chunks make the average`() {
        var detector = JumpDetector()
        let jumps = [0.01, 9, 0.01, 9].map { detector.record(keys: 10, seconds: $0) }
        #expect(!jumps.contains(true))
    }
}
