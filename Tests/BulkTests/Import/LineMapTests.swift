import Testing

@testable import Bulk

struct LineMapTests {
    @Test func `rows know their lines whatever lies between them`() {
        var map = LineMap()
        let lines = [2, 3, 4, 8, 9, 12, 13, 14, 20]
        for line in lines { map.append(line: line) }
        #expect((1...9).map { map.line(ofRow: $0) } == lines)
        #expect(map.line(ofRow: 10) == nil)
        #expect(map.line(ofRow: 0) == nil)
    }

    @Test func `a long file of long records keeps the last lines only`() {
        var map = LineMap()
        let count = LineMap.limit + 10
        for row in 1...count { map.append(line: row * 2) }
        #expect(map.line(ofRow: count) == count * 2)
        #expect(map.line(ofRow: count - LineMap.limit / 2) == (count - LineMap.limit / 2) * 2)
        #expect(map.line(ofRow: 1) == nil)
    }
}
