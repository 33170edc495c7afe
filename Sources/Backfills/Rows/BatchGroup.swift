import Bulk
import Postgres

/// Takes from a line of batches those that are there already, so that they are written together; it never waits for a second one.
struct BatchGroup {
    private let handoff: Handoff<RowStream.Signal>
    private let most: Int
    private let enough: Int
    private var iterator: AsyncThrowingStream<RowStream.Signal, any Error>.AsyncIterator
    /// What the reader failed with, behind batches that are still to be written.
    private var failure: (any Error)?

    /// - Parameters:
    ///   - most: how many batches stand together.
    ///   - enough: the bytes from which on no further one is added.
    init(_ handoff: Handoff<RowStream.Signal>, most: Int, enough: Int) {
        (self.handoff, self.most, self.enough) = (handoff, most, enough)
        iterator = handoff.elements.makeAsyncIterator()
    }

    /// The next batches, or that the lease is to be renewed; `nil` at the end.
    mutating func next() async throws -> RowStream.Delivery? {
        if let failure { throw failure }
        guard let signal = try await iterator.next() else { return nil }
        handoff.received()
        guard case .batch(let first) = signal else { return .renewalDue }
        var batches = [first]
        var bytes = first.output.byteCount
        while batches.count < most, bytes < enough, handoff.isReady, let signal = await nextOrFailure() {
            // Writing what is there renews the lease as well.
            guard case .batch(let batch) = signal else { continue }
            batches.append(batch)
            bytes += batch.output.byteCount
        }
        return .batches(batches)
    }

    private mutating func nextOrFailure() async -> RowStream.Signal? {
        do {
            let signal = try await iterator.next()
            if signal != nil { handoff.received() }
            return signal
        } catch {
            failure = error
            return nil
        }
    }
}
