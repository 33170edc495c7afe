import Postgres
import Testing

@Suite struct BackoffTests {
    @Test(arguments: 1...40)
    func `a wait doubles up to its maximum, and jitter only shortens it`(_ attempt: Int) throws {
        let backoff = Backoff(initial: 0.1, maximum: 2, jitter: 0.5, attempts: 41)
        let full = min(2, 0.1 * Double(1 << min(attempt - 1, 20)))
        for _ in 0..<50 {
            let delay = try #require(backoff.delay(afterAttempt: attempt))
            #expect(delay <= full * 1.000001 && delay >= full / 2 * 0.999999)
        }
    }

    @Test func `without jitter it is exact, and after the last attempt there is none`() {
        let backoff = Backoff(initial: 1, maximum: 5, jitter: 0, attempts: 5)
        #expect((1...6).map { backoff.delay(afterAttempt: $0) } == [1, 2, 4, 5, nil, nil])
    }

    @Test func `jitter spreads`() {
        let delays = Set((0..<20).compactMap { _ in Backoff().delay(afterAttempt: 3) })
        #expect(delays.count > 10)
    }
}
