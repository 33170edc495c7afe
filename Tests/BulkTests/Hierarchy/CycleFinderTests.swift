@testable import Bulk
import Testing

struct CycleFinderTests {
    @Test(
        arguments: [
            ([:], []), ([1: 1], [[1]]), ([1: 2, 2: 1, 3: 1], [[1, 2]]),
            ([5: 3, 3: 4, 4: 5, 9: 8, 8: 9, 1: 5], [[3, 4, 5], [8, 9]]), ([1: 2, 2: 3], []),
        ] as [([Int: Int], [[Int]])]
    )
    func `cycles are found once, without the rows that lead into them`(
        _ parents: [Int: Int],
        _ cycles: [[Int]]
    ) {
        #expect(CycleFinder(parents: parents).cycles(limit: 10) == cycles)
    }

    @Test func `no more cycles than wanted are looked for`() {
        let pairs = (0..<100).map { ($0, $0 % 2 == 0 ? $0 + 1 : $0 - 1) }
        #expect(CycleFinder(parents: Dictionary(uniqueKeysWithValues: pairs)).cycles(limit: 3).count == 3)
    }
}
