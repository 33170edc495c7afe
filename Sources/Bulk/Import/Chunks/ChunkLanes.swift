import Digests
import Postgres

/// Sends several chunks at the same time, each over a session of its own, and commits them in the order of the file.
///
/// The rows are read, and all is decided, by one thread: a session has its chunk sent, and waits with its transaction open until the
/// chunk before is committed. So at any moment what is stored is the file up to a place, as it is with one session, and everything
/// that holds of an import holds of this one: where it stops, where it goes on, who is told what.
///
/// Two chunks may be in each other's way, by the same key for instance: then the earlier one waits for the later, which waits for
/// its turn. The server knows nothing of the second, so nobody but this would ever end it.
final class ChunkLanes {
    /// How long the first chunk is waited for until somebody looks why it takes so long.
    private static let patience = Duration.milliseconds(100)
    /// So often chunks may be in each other's way.
    private static let mostCollisions = 3

    /// A chunk on its way.
    private final class Flight {
        var buffer: RowBuffer
        var rows = StreamedRows()
        /// The file up to its end.
        var content = ContentDigest()
        /// Why it could not be read to its end.
        var failure: (any Error)?
        var lane: ChunkLane?

        init(numbersRows: Bool, size: Int) {
            buffer = RowBuffer(numbersRows: numbersRows, capacity: ChunkMemory.reserve(for: size))
        }
    }

    private let owner: ChunkedImport
    private let chunkSize: Int
    private let sign: SignOfLife
    private var idle: [ChunkLane]
    /// In the order of the file.
    private var flights: [Flight] = []
    private var spare: [Flight] = []
    private var isReadToEnd = false
    private var collisions = 0
    /// How many chunks may be under way.
    private var width: Int

    init(_ owner: ChunkedImport, chunkSize: Int) {
        (self.owner, self.chunkSize, width) = (owner, chunkSize, owner.workers)
        sign = SignOfLife(owner.connection)
        let opener = owner.connection.opener
        idle = (0..<owner.workers).map { _ in ChunkLane(opener) }
    }

    /// Stores the rest of the file.
    ///
    /// - Throws: what a chunk was refused by, when all before it are stored. Nothing of those behind it is.
    func run() throws -> Bool {
        defer { close() }
        while true {
            launch()
            if let first = flights.first, first.failure != nil || first.lane?.finished(within: .zero) == true
            {
                try land()
                if first.rows.isLast { return true }
            } else if !isReadToEnd, flights.count <= width {
                read()
            } else {
                try wait()
            }
        }
    }

    private func close() {
        for lane in idle + flights.compactMap(\.lane) { lane.close() }
    }

    // MARK: On the way

    /// Reads the next chunk. What is wrong with it is told when it is its turn.
    private func read() {
        let flight = spare.popLast() ?? Flight(numbersRows: owner.merge != nil, size: chunkSize)
        flight.buffer.encoder.removeAll()
        flight.rows = StreamedRows()
        flight.rows.before = flights.reduce(0) { $0 + $1.rows.count }
        flights.append(flight)
        do {
            try owner.readRows(ChunkFill(bytes: chunkSize), into: &flight.buffer, &flight.rows) { _ in }
            flight.content = owner.ahead
            isReadToEnd = flight.rows.isLast
        } catch {
            (flight.failure, isReadToEnd) = (error, true)
        }
    }

    private func launch() {
        for flight in flights.prefix(width) where flight.lane == nil && flight.failure == nil {
            guard let lane = idle.popLast() else { return }
            flight.lane = lane
            lane.send(
                .init(
                    opening: owner.merge == nil ? [] : owner.job.staging,
                    copy: owner.copyStatement,
                    rows: flight.buffer.encoder.bytes
                )
            )
        }
    }

    /// Commits the first chunk.
    private func land() throws {
        let flight = flights[0]
        if let failure = flight.failure { throw failure }
        guard let lane = flight.lane else { return }
        let (connection, taken) = try lane.taken()
        let checkpoint = try owner.ledger.watching(connection) {
            try connection.endTransaction { connection in
                let stored = try owner.finish(owner.draft(flight.rows), taken, on: connection)
                return try owner.end(owner.identified(stored, by: flight.content), on: connection)
            }
        }
        flights.removeFirst()
        owner.note(checkpoint)
        flight.lane = nil
        idle.append(lane)
        spare.append(flight)
    }

    // MARK: Waiting

    private func wait() throws {
        guard let lane = flights.first?.lane, !lane.finished(within: Self.patience) else { return }
        if Task.isCancelled { throw CancellationError() }
        try sign.giveIfDue()
        try makeWay()
    }

    /// Takes chunks back that hold what an earlier one waits for; they are sent again behind it.
    private func makeWay() throws {
        let waiting = flights.dropFirst().filter { $0.lane?.holdsRows == true }
        let busy = flights.compactMap(\.lane).filter { !$0.finished(within: .zero) }.map(\.processID)
        let held = waiting.compactMap { $0.lane?.processID }
        // Each is asked, because one that only waits might be ended for it.
        let answers = try waiting.compactMap { try $0.lane?.taken().connection }.map {
            try $0.queryOne(ImportStatements.areInTheWay(held, of: busy), as: Bool.self)
        }
        guard answers.contains(true) else { return }
        for flight in waiting {
            guard let lane = flight.lane else { continue }
            lane.rollBack()
            flight.lane = nil
            idle.append(lane)
        }
        collisions += 1
        guard collisions == Self.mostCollisions else { return }
        width = 1
        owner.onEvent(.goesOnAlone("rows of different parts of the file wait for each other"))
    }
}
