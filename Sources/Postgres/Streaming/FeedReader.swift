/// The elements of an asynchronous sequence for blocking code, see ``Session/withConnection(feeding:blockSize:_:)``.
public final class FeedReader<Element: Sendable> {
    private let feed: Feed<Element>
    private var block: [Element] = []
    private var position = 0

    init(_ feed: Feed<Element>) {
        self.feed = feed
    }

    /// Waits for the next element; `nil` behind the last.
    ///
    /// - Throws: what the sequence threw, or `CancellationError`.
    public func next() throws -> Element? {
        while position == block.count {
            guard let next = try feed.next() else { return nil }
            (block, position) = (next, 0)
        }
        defer { position += 1 }
        return block[position]
    }

    /// Calls `body` with each element.
    ///
    /// - Throws: as ``next()``, and what `body` throws.
    public func forEach(_ body: (Element) throws -> Void) throws {
        while let element = try next() { try body(element) }
    }
}
