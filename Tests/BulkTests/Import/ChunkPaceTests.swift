import Testing

@testable import Bulk

@Suite struct ChunkPaceTests {
    private static func pace(
        workers: Int = 1,
        size: Int? = nil,
        _ repetition: ImportInput.Repetition = .cheap,
        _ commits: ChunkedImport.Settings.Commits = .eachChunk
    ) -> ChunkPace {
        var settings = ChunkedImport.Settings()
        (settings.workers, settings.chunkSize, settings.commits) = (workers, size, commits)
        return ChunkPace(settings, repetition)
    }

    @Test func `what can be read again is not kept`() {
        #expect(Self.pace().next(at: 0) == .streamed(4 << 20))
        #expect(Self.pace(.costly).next(at: 0) == .kept(4 << 20))
        #expect(Self.pace(.impossible, .atTheEnd).next(at: 0) == .kept(4 << 20))
        #expect(Self.pace(.cheap, .never).next(at: 0) == .kept(4 << 20))
    }

    @Test func `workers begin behind a small first chunk, which one of them alone stores`() {
        let pace = Self.pace(workers: 2, .costly)
        #expect(pace.next(at: 0) == .streamed(1 << 20))
        #expect(pace.next(at: 1) == .shared(4 << 20))
        #expect(Self.pace(workers: 2, size: 10).next(at: 0) == .streamed(10))
        #expect(Self.pace(workers: 2, .impossible, .atTheEnd).next(at: 1) == .kept(4 << 20))
    }

    @Test(arguments: [
        // Beside it nothing costs anything.
        (100, 100, 4), (100, 101, 4),
        // 10 ms each way: four round trips beside 90 ms.
        (90, 170, 64),
        // Half a millisecond.
        (90, 96, 6),
    ])
    func `a chunk is so large that its transaction hardly costs anything beside its rows`(
        sending: Int,
        all: Int,
        megabytes: Int
    ) {
        var pace = Self.pace()
        pace.stored(4 << 20, sentIn: .milliseconds(sending), of: .milliseconds(all))
        guard case .streamed(let size) = pace.next(at: 1) else {
            Issue.record("kept")
            return
        }
        #expect(size >> 20 == megabytes)
        var fixed = Self.pace(size: 1 << 20)
        fixed.stored(1 << 20, sentIn: .milliseconds(sending), of: .milliseconds(all))
        #expect(fixed.next(at: 1) == .streamed(1 << 20))
    }

    @Test func `what was refused is kept up to there, and after three times everything is`() {
        var pace = Self.pace()
        for time in 1...3 {
            pace.refused(before: 100 * time)
            #expect(pace.next(at: 100 * time - 1) == .kept(4 << 20))
            #expect(pace.keepsRest == (time == 3))
            #expect(pace.next(at: 100 * time) == (time == 3 ? .kept(4 << 20) : .streamed(4 << 20)))
        }
        var packed = Self.pace(workers: 2, .costly)
        packed.refused(before: 10)
        #expect(packed.keepsRest, "to read it again, all before it is unpacked again")
    }
}
