import Postgres
import Synchronization

/// Reads ahead in one session while the writer works in another.
final class RowStream: Sendable {
    /// The batches that travel in one message at most. Six of 4000 rows are what two workers have room for below 50 MiB, and a
    /// quarter of a second of writing, beside which 20 ms of way are little.
    static let mostTogether = 6
    /// The bytes from which on no further batch travels along.
    private static let enoughTogether = 2 << 20
    /// The batches that may be there: those that are being written, and as many that are read in the meantime.
    private static let readAhead = 2 * mostTogether

    private let work: RowWork
    private let range: ClaimedRange
    private let size: Atomic<Int>
    private let room: BatchRoom
    private let reader: Session
    private let options: RunOptions

    /// - Parameters:
    ///   - size: how many rows the first batch should have.
    ///   - room: what is known of the memory that rows take.
    ///   - reader: the session to read in.
    init(
        _ work: RowWork,
        of range: ClaimedRange,
        size: Int,
        room: BatchRoom,
        reader: Session,
        _ options: RunOptions
    ) {
        (self.work, self.range) = (work, range)
        self.size = Atomic(size)
        (self.room, self.reader, self.options) = (room, reader, options)
    }

    /// Tells the reader how many rows the next batch should have.
    func setSize(_ size: Int) {
        self.size.store(size, ordering: .relaxed)
    }

    /// What the writer hears.
    enum Signal: Sendable {
        /// The next batch; the stream hands over together what is there already.
        case batch(RowBatch)
        /// The next batch is still being made, and the lease is to be renewed.
        case renewalDue
    }

    /// What follows after a signal.
    enum Step {
        /// The next one.
        case next
        /// Reading again behind what is committed by now.
        case readAgain
        /// Nothing.
        case end(RangeEnd)
    }

    /// What the writer takes.
    enum Delivery {
        /// The next batches, one at least.
        case batches([RowBatch])
        /// The lease is to be renewed.
        case renewalDue
    }

    /// Hands everything to `take`, until it returns an end; `nil` asks to read again.
    ///
    /// - Parameter together: how many batches are taken at a time at most.
    func reading(
        together: Int = mostTogether,
        _ take: (Delivery) async throws -> Step
    ) async throws -> RangeEnd? {
        let handoff = Handoff<Signal>(capacity: Self.readAhead)
        async let finished: Void = produce(into: handoff)
        async let _: Void = remind(handoff)
        do {
            let end = try await consume(handoff, together, take)
            handoff.close()
            await finished
            return end
        } catch {
            handoff.close()
            await finished
            throw error
        }
    }

    private func consume(
        _ handoff: Handoff<Signal>,
        _ together: Int,
        _ take: (Delivery) async throws -> Step
    ) async throws -> RangeEnd? {
        var renewed = ContinuousClock.now
        var group = BatchGroup(handoff, most: together, enough: Self.enoughTogether)
        while let delivery = try await group.next() {
            // Reminders of the time in which a batch was written come all at once behind it.
            if case .renewalDue = delivery, (ContinuousClock.now - renewed).seconds < renewal / 2 { continue }
            switch try await take(delivery) {
            case .end(let end): return end
            case .readAgain: return nil
            case .next: renewed = .now
            }
            if case .batches(let batches) = delivery { for _ in batches { handoff.taken() } }
        }
        // The last batch of a range is its end; what stopped before it is to be asked by the pass.
        try Task.checkCancellation()
        return nil
    }

    /// How often the lease is renewed, in seconds.
    private var renewal: Double { options.lease / 3 }

    /// Reminds the writer of the lease, however long the author's code takes over a row.
    private func remind(_ handoff: Handoff<Signal>) async {
        while true {
            do { try await Task.sleep(for: .seconds(renewal)) } catch { return }
            handoff.slip(.renewalDue)
        }
    }

    private func produce(into handoff: Handoff<Signal>) async {
        do {
            let reader = RowReader(
                work: work,
                snapshotAge: options.snapshotAge,
                batchSeconds: TransformBudget.seconds(lease: options.lease)
            )
            try await self.reader.withConnection { [self] connection in
                try reader.stream(
                    range,
                    into: handoff,
                    room: room,
                    size: { size.load(ordering: .relaxed) },
                    on: connection
                )
            }
            handoff.finish()
        } catch {
            handoff.finish(throwing: error)
        }
    }
}
