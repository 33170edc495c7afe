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
    private let snapshotAge: Double

    init(_ work: RowWork, of range: ClaimedRange, size: Int, context: RunContext) {
        self.work = work
        self.range = range
        self.size = Atomic(size)
        reader = context.session(.reader(range: range.ordinal))
        snapshotAge = context.options.snapshotAge
    }

    /// Tells the reader how many rows the next batch should have.
    func setSize(_ size: Int) {
        self.size.store(size, ordering: .relaxed)
    }

    /// What follows after a batch.
    enum Step {
        /// The next batch.
        case next
        /// Reading again behind what is committed by now.
        case readAgain
        /// Nothing.
        case end(RangeEnd)
    }

    /// Hands every batch to `write`, until it returns an end or the range is over; `nil` asks to read again.
    func reading(_ write: (RowBatch) async throws -> Step) async throws -> RangeEnd? {
        let handoff = Handoff<RowBatch>(capacity: Self.readAhead)
        async let finished: Void = produce(into: handoff)
        do {
            let end = try await consume(handoff, write)
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
        _ handoff: Handoff<RowBatch>,
        _ write: (RowBatch) async throws -> Step
    ) async throws -> RangeEnd? {
        for try await batch in handoff.elements {
            switch try await write(batch) {
            case .end(let end): return end
            case .readAgain: return nil
            case .next: handoff.taken()
            }
        }
        return .done
    }

    private func produce(into handoff: Handoff<RowBatch>) async {
        do {
            let reader = RowReader(work: work, snapshotAge: snapshotAge)
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
