import Backfills
import Testing

@Suite struct ChunkSizerTests {
    @Test func `it settles where a chunk takes the target time`() {
        var sizer = ChunkSizer(.adaptive(target: 0.25))
        for _ in 0..<20 { sizer.record(keys: sizer.size, seconds: Double(sizer.size) / 40_000) }
        #expect((9900...10_100).contains(sizer.size))
    }

    @Test func `it grows by half at most`() {
        var sizer = ChunkSizer(.adaptive(target: 0.25))
        let before = sizer.size
        sizer.record(keys: before, seconds: 0.000_1)
        #expect(sizer.size == before * 3 / 2)
    }

    @Test func `it shrinks at once when chunks become slow`() {
        var sizer = ChunkSizer(.adaptive(target: 0.25))
        for _ in 0..<20 { sizer.record(keys: sizer.size, seconds: Double(sizer.size) / 40_000) }
        sizer.record(keys: sizer.size, seconds: 10)
        #expect(sizer.size < 1500)
    }

    @Test func `a timeout halves it, and it comes back step by step`() {
        var sizer = ChunkSizer(.adaptive(target: 0.25))
        for _ in 0..<20 { sizer.record(keys: sizer.size, seconds: Double(sizer.size) / 40_000) }
        let before = sizer.size
        sizer.halve()
        #expect(sizer.size == before / 2)
        sizer.record(keys: sizer.size, seconds: Double(sizer.size) / 40_000)
        #expect((before / 2...before * 3 / 4 + 1).contains(sizer.size))
    }

    @Test(arguments: [0.000_001, 1000.0]) func `it stays within its bounds`(secondsPerKey: Double) {
        var sizer = ChunkSizer(.adaptive(target: 0.25))
        for _ in 0..<100 {
            sizer.record(keys: sizer.size, seconds: Double(sizer.size) * secondsPerKey)
            #expect(ChunkSizer.bounds.contains(sizer.size))
        }
    }

    @Test func `a fixed size is kept, and returned to after a timeout`() {
        var sizer = ChunkSizer(.fixed(500))
        sizer.record(keys: 500, seconds: 10)
        #expect(sizer.size == 500)
        sizer.halve()
        #expect(sizer.size == 250)
        sizer.record(keys: 250, seconds: 0.1)
        #expect(sizer.size == 500)
    }

    @Test func `a size never falls below one`() {
        var sizer = ChunkSizer(.fixed(1))
        sizer.halve()
        #expect(sizer.size == 1)
    }
}
