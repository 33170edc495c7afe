/// When a chunk that is sent while it is read has enough.
struct ChunkFill {
    /// The bytes that it takes in any case.
    let bytes: Int
    /// How long it goes on behind them.
    var duration = Duration.zero

    /// A chunk takes so many times as long as what a transaction costs beside its rows, which is four round trips.
    private static let share = 25 * 4
    /// What a chunk may come to. A process that is killed has this much to do again, some seconds.
    static let most = 64 << 20

    /// - Parameter roundTrip: how long the server took to answer.
    static func asFar(_ roundTrip: Duration, _ bytes: Int) -> ChunkFill {
        ChunkFill(bytes: bytes, duration: roundTrip * share)
    }

    /// Whether a chunk of so many bytes, which has taken so long, has enough.
    func isReached(_ bytes: Int, in duration: Duration) -> Bool {
        bytes >= self.bytes && (duration >= self.duration || bytes >= Self.most)
    }
}

/// Decides how much of the file the next chunk is to be, and whether it is kept until it is stored.
///
/// A chunk that is not kept costs no memory, so it may be as large as is good for the way to the server. With 10 ms each way a transaction
/// cost 80 ms beside a chunk of 4 MiB, whose rows took 90.
struct ChunkPace {
    /// What comes next.
    enum Next: Equatable {
        /// A chunk that is kept, of so many bytes.
        case kept(Int)
        /// A chunk that is not, of so many bytes at least; see ``ChunkPace/limit(_:_:)``.
        case streamed(Int)
        /// Chunks that several sessions send beside each other, none of them kept.
        case shared(Int)
    }

    /// The chunk that nobody has waited for yet is small where others are to begin behind it.
    private static let firstShared = 1 << 20
    /// So often a chunk is read again; a file with more refused rows than that is kept as it is read.
    private static let mostRefusals = 3

    private let base: Int
    private let isFixed: Bool
    private let workers: Int
    private let repetition: ImportInput.Repetition
    private let keepsAll: Bool
    private var refusals = 0
    private var keptUntil = 0

    /// - Parameter repetition: what it costs to read something again.
    init(_ settings: ChunkedImport.Settings, _ repetition: ImportInput.Repetition) {
        base = settings.chunkSize ?? ChunkedImport.defaultChunkSize
        isFixed = settings.chunkSize != nil
        (workers, self.repetition) = (settings.workers, repetition)
        keepsAll = settings.commits != .eachChunk || repetition == .impossible
    }

    /// Whether all of the rest is kept.
    var keepsRest: Bool { keepsAll || refusals >= Self.mostRefusals }

    /// - Parameter offset: the place where it begins.
    func next(at offset: Int) -> Next {
        if keepsRest || offset < keptUntil { return .kept(base) }
        if workers > 1 { return offset == 0 ? .streamed(min(base, Self.firstShared)) : .shared(base) }
        // What is read again from the beginning for one row may take longer than all that is gained.
        return repetition == .cheap ? .streamed(base) : .kept(base)
    }

    /// When the chunk has enough that is sent next.
    ///
    /// - Parameter roundTrip: how long the server took to answer just now.
    func limit(_ size: Int, _ roundTrip: Duration) -> ChunkFill {
        isFixed || workers > 1 ? ChunkFill(bytes: size) : .asFar(roundTrip, size)
    }

    /// A chunk that was not kept was refused somewhere before a place.
    mutating func refused(before end: Int) {
        keptUntil = end
        refusals = repetition == .cheap ? refusals + 1 : Self.mostRefusals
    }
}
