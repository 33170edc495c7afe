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

    @Test func `a chunk is so large that its transaction hardly costs anything beside its rows`() {
        let far = Self.pace().limit(4 << 20, .milliseconds(20))
        #expect(!far.isReached(4 << 20, in: .milliseconds(90)), "its transaction takes as long")
        #expect(!far.isReached(40 << 20, in: .milliseconds(900)))
        #expect(far.isReached(40 << 20, in: .seconds(2)))
        #expect(far.isReached(64 << 20, in: .milliseconds(1500)), "as much as may be lost")
        #expect(!far.isReached(4 << 20 - 1, in: .seconds(60)), "the line is slow")
        #expect(far.isReached(4 << 20, in: .seconds(60)))
        let near = Self.pace().limit(4 << 20, .microseconds(300))
        #expect(near.isReached(4 << 20, in: .milliseconds(90)))
    }

    @Test func `a size that somebody has asked for is taken`() {
        for pace in [Self.pace(size: 1 << 20), Self.pace(workers: 2)] {
            let limit = pace.limit(1 << 20, .milliseconds(20))
            #expect(!limit.isReached(1 << 20 - 1, in: .zero) && limit.isReached(1 << 20, in: .zero))
        }
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
