/// Rows that arrive while they are read: the result of ``Session/stream(_:as:blockSize:readAhead:options:)`` and
/// ``Session/copyOut(_:readAhead:)``.
///
/// Each iteration runs the statement anew and takes the session for itself until it ends. Leaving the loop early, or
/// cancelling the task, ends the statement and leaves the session usable.
public struct RowSequence<Element: Sendable>: AsyncSequence, Sendable {
    /// Runs the statement and hands blocks to `send` until that returns `false`.
    typealias Producer = @Sendable (_ send: @Sendable ([Element]) -> Bool) async throws -> Void

    private let readAhead: Int
    private let produce: Producer

    init(readAhead: Int, _ produce: @escaping Producer) {
        self.readAhead = readAhead
        self.produce = produce
    }

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator {
        let handoff = Handoff<[Element]>(capacity: readAhead)
        let produce = produce
        let task = Task.detached {
            do {
                try await produce { handoff.send($0) }
                handoff.finish()
            } catch {
                handoff.finish(throwing: error)
            }
        }
        return Iterator(handoff, task)
    }

    /// Takes the rows one by one; most of them come out of a block that is here already.
    public struct Iterator: AsyncIteratorProtocol {
        private let handoff: Handoff<[Element]>
        private let production: Production<Element>
        private var blocks: AsyncThrowingStream<[Element], any Error>.Iterator
        private var block: [Element] = []
        private var position = 0

        init(_ handoff: Handoff<[Element]>, _ task: Task<Void, Never>) {
            self.handoff = handoff
            production = Production(handoff, task)
            blocks = handoff.elements.makeAsyncIterator()
        }

        /// The next row, `nil` behind the last.
        ///
        /// - Throws: ``PostgresError``, ``DecodingFailure``, `CancellationError`.
        public mutating func next() async throws -> Element? {
            while position == block.count {
                guard let next = try await blocks.next() else {
                    // A stream just ends for a cancelled task, as if there were no more rows.
                    try production.stopIfCancelled()
                    return nil
                }
                handoff.taken()
                (block, position) = (next, 0)
            }
            defer { position += 1 }
            return block[position]
        }
    }
}

/// The running producer of an iterator; it is told to stop when the last copy of the iterator goes.
private final class Production<Element: Sendable>: Sendable {
    private let handoff: Handoff<[Element]>
    private let task: Task<Void, Never>

    init(_ handoff: Handoff<[Element]>, _ task: Task<Void, Never>) {
        (self.handoff, self.task) = (handoff, task)
    }

    deinit { handoff.close() }

    func stopIfCancelled() throws(CancellationError) {
        guard Task.isCancelled else { return }
        task.cancel()
        throw CancellationError()
    }
}
