import Postgres
import Synchronization

/// Reads ahead in one session while the writer works in another.
final class RowStream: Sendable {
    /// The batches that may wait for the writer: one that it is about to take, one that is being made.
    private static let readAhead = 2
    /// The most rows of a batch, which bounds memory whatever the rows hold: with 5000 two workers took up to 52 MiB.
    static let largestBatch = 4000

    private let work: RowWork
    private let range: ClaimedRange
    private let size: Atomic<Int>
    private let reader: Session
    private let options: RunOptions

    init(_ work: RowWork, of range: ClaimedRange, size: Int, context: RunContext) {
        self.work = work
        self.range = range
        self.size = Atomic(size)
        reader = context.session(.reader(range: range.ordinal))
        options = context.options
    }

    /// Tells the reader how many rows the next batch should have.
    func setSize(_ size: Int) {
        self.size.store(size, ordering: .relaxed)
    }

    /// What the writer hears.
    enum Signal: Sendable {
        /// The next batch.
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

    /// Hands every signal to `take`, until it returns an end; `nil` asks to read again.
    func reading(_ take: (Signal) async throws -> Step) async throws -> RangeEnd? {
        let handoff = Handoff<Signal>(capacity: Self.readAhead)
        async let finished: Void = produce(into: handoff)
        async let _: Void = remind(handoff)
        do {
            let end = try await consume(handoff, take)
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
        _ take: (Signal) async throws -> Step
    ) async throws -> RangeEnd? {
        var renewed = ContinuousClock.now
        for try await signal in handoff.elements {
            // Reminders of the time in which a batch was written come all at once behind it.
            if case .renewalDue = signal, (ContinuousClock.now - renewed).seconds < renewal / 2 { continue }
            switch try await take(signal) {
            case .end(let end): return end
            case .readAgain: return nil
            case .next: renewed = .now
            }
            if case .batch = signal { handoff.taken() }
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
                    size: { min(Self.largestBatch, size.load(ordering: .relaxed)) },
                    on: connection
                )
            }
            handoff.finish()
        } catch {
            handoff.finish(throwing: error)
        }
        await reader.close()
    }
}
