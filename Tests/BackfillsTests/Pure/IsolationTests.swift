@testable import Backfills
import Testing

@Suite struct IsolationTests {
    /// Plays a chunk of `count` rows of which the one at `bad` fails, and counts the transactions.
    private func transactions(count: Int, bad: Int) -> (tried: Int, foundAt: Int?) {
        var isolation = Isolation()
        var cursor = 0
        var tried = 0
        while cursor < count, tried < 10_000 {
            let size = min(isolation.size ?? count, count - cursor)
            tried += 1
            if cursor <= bad, bad < cursor + size {
                if isolation.isSingle { return (tried, cursor) }
                isolation.failed(isolation.size ?? count)
            } else {
                cursor += size
                isolation.passed(size)
            }
        }
        return (tried, nil)
    }

    @Test(arguments: [1, 2, 3, 7, 64, 1000, 4096]) func `the bad row is found wherever it is`(count: Int) {
        for bad in stride(from: 0, to: count, by: max(1, count / 50)) {
            #expect(transactions(count: count, bad: bad).foundAt == bad)
        }
    }

    @Test func `it costs about two transactions for each halving`() {
        for bad in 0..<4096 { #expect(transactions(count: 4096, bad: bad).tried <= 2 * 12 + 1) }
    }

    @Test func `a trouble that went away is not looked for for ever`() {
        var isolation = Isolation()
        isolation.failed(8)
        isolation.passed(4)
        isolation.passed(2)
        isolation.passed(1)
        isolation.passed(1)
        #expect(isolation.size == nil)
    }
}
