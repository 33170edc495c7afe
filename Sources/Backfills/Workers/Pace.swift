import Postgres

/// What a worker has learned about chunks; it outlives the ranges.
struct Pace: Sendable {
    /// How many keys a chunk takes.
    var sizer: ChunkSizer
    /// The size of the next chunk while one that cannot be applied is looked for.
    var narrowed: Int?
    /// The largest size whose plan was looked at; 0 asks for another look.
    private(set) var inspectedSize = 0
    private let isAdaptive: Bool
    private var jumps = JumpDetector()
    private var path: (table: Identifier, path: ChunkPath)?
    private var distance = Distance()
    private var work: SQLWork?
    private var lastFind = Find.unknown
    private var rows: RowWork?
    /// What is known of the memory that rows take.
    private(set) var room = BatchRoom()

    /// What the last chunk had to do, from which the next one is expected to be the same.
    private enum Find { case unknown, rows, nothing }

    init(_ policy: ChunkSizer.Policy) {
        sizer = ChunkSizer(policy)
        if case .adaptive = policy { isAdaptive = true } else { isAdaptive = false }
    }

    /// How many keys the next chunk takes.
    var size: Int { narrowed ?? sizer.size }

    // MARK: Learning

    /// Takes note of a chunk whose work is done.
    mutating func record(keys: Int, matched: Int, seconds: Double) {
        lastFind = matched == 0 ? .nothing : .rows
        distance.record(chunk: seconds)
        guard narrowed == nil else { return }
        sizer.record(keys: keys, seconds: seconds)
        guard jumps.record(keys: keys, seconds: seconds) else { return }
        inspectedSize = 0
        path = nil
    }

    /// Takes note of how long a COMMIT by itself took, which is little more than the way to the server and back.
    mutating func record(roundTrip seconds: Double, over connection: Connection) {
        // What lies behind a local socket is never far, however busy the machine.
        if !connection.isLocal { distance.record(roundTrip: seconds) }
    }

    /// Takes note of a chunk over no rows that wrote something.
    mutating func wroteOfNothing() {
        lastFind = .nothing
    }

    /// Takes note of a plan that was looked at.
    mutating func inspected(_ size: Int) {
        inspectedSize = max(inspectedSize, size)
    }

    /// Takes note of how the chunks of a table are written.
    mutating func choose(_ path: ChunkPath, for table: Identifier) {
        self.path = (table, path)
    }

    /// Takes note of the statement as it was prepared for a table. What its names mean is compared in each chunk.
    mutating func keep(_ work: SQLWork) {
        self.work = work
    }

    /// Takes note of the work of a row backfill as it was prepared for a table.
    mutating func keep(_ work: RowWork) {
        rows = work
    }

    /// Takes note of the memory that rows took.
    mutating func record(_ taken: BatchRoom.Taken) {
        room.record(taken)
    }

    /// Something went wrong: what a table was when the work was prepared may be the reason.
    mutating func doubt() {
        rows = nil
    }

    // MARK: Deciding

    /// The statement as it was prepared for a table, when that is the last one that was walked.
    func work(on key: KeyColumns) -> SQLWork? {
        work?.key.placed(key.placing) == key ? work : nil
    }

    /// The work of a row backfill as it was prepared for a table, when that is the last one that was walked.
    func rows(on key: KeyColumns) -> RowWork? {
        rows?.key == key ? rows : nil
    }

    /// How the chunks of a table are written, when that is known.
    func path(of table: Identifier) -> ChunkPath? {
        path?.table == table ? path?.path : nil
    }

    /// Whether something made the worker doubt what it knows of the plan.
    func wantsPlan(of work: SQLWork) -> Bool {
        path(of: work.key.table) == nil
    }

    /// Whether a plan is to be seen before a chunk of the next size is run for the first time.
    var wantsFirstLook: Bool { isAdaptive && inspectedSize == 0 }

    /// How much of the next chunk is sent at once.
    func extent(of work: SQLWork) -> SQLChunk.Extent {
        guard work.path.locksFirst else { return .whole }
        switch lastFind {
        case .nothing: return .lockOnly
        case .unknown where work.condition != nil: return .lockOnly
        case .unknown, .rows: break
        }
        return isAdaptive && work.limit >= 2 * inspectedSize ? .explained : .whole
    }

    /// Whether the end of a chunk travels with the next one.
    var travelsTogether: Bool { distance.isFar }
}

/// How far away the server is, compared with the work of a chunk.
///
/// A COMMIT that travels with the next chunk saves its way; what it costs is that a chunk is known to be stored only when the next
/// one is done. So it is done where the way counts: from 2 ms and a hundredth of a chunk on.
struct Distance: Sendable, Hashable {
    private static let least = 0.002
    private static let share = 0.01
    private static let enough = 3

    private var trips: [Double] = []
    private var chunk = 0.0

    /// Takes note of a round trip with little work in it. The shortest of the last ones counts: a busy machine is not a far one.
    mutating func record(roundTrip seconds: Double) {
        trips = trips.suffix(Self.enough - 1) + [seconds]
    }

    /// Takes note of the time of a chunk.
    mutating func record(chunk seconds: Double) {
        chunk = seconds
    }

    /// Whether the way counts.
    var isFar: Bool {
        guard let way = trips.min(), trips.count >= 2 else { return false }
        return way >= Self.least && way >= Self.share * chunk
    }
}
