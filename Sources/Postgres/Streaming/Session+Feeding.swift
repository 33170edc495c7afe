extension Session {
    /// Lends the connection together with the elements of an asynchronous sequence, for a COPY or a batch whose rows
    /// come from elsewhere.
    ///
    /// ```swift
    /// try await session.withConnection(feeding: lines) { connection, lines in
    ///     try connection.copyIn("COPY note FROM STDIN") { copy in
    ///         try lines.forEach { try copy.write($0.utf8) }
    ///     }
    /// }
    /// ```
    ///
    /// The sequence is read ahead by a bounded number of elements and waits when the server is slower. An error of
    /// the sequence is thrown by the reader inside of `body`, which so ends a COPY with CopyFail.
    ///
    /// - Parameter blockSize: the elements that are handed over at a time; up to four times as many wait.
    /// - Throws: as ``withConnection(_:)``, and what the sequence throws.
    public nonisolated func withConnection<Source: AsyncSequence & Sendable, Value: Sendable>(
        feeding source: Source,
        blockSize: Int = 256,
        _ body: @escaping @Sendable (Connection, FeedReader<Source.Element>) throws -> Value
    ) async throws -> Value where Source.Element: Sendable {
        let feed = Feed<Source.Element>(capacity: 3)
        let pump = Task { await feed.pump(source, blockSize: blockSize) }
        defer {
            pump.cancel()
            feed.close()
        }
        return try await withTaskCancellationHandler {
            try await withConnection { connection in
                try body(connection, FeedReader(feed))
            }
        } onCancel: {
            // Wakes a body that waits for the next element.
            feed.finish(throwing: CancellationError())
        }
    }
}

extension Feed {
    /// Reads the sequence to its end, in blocks.
    fileprivate func pump<Source: AsyncSequence>(_ source: Source, blockSize: Int) async
    where Source.Element == Element {
        var block: [Element] = []
        do {
            for try await element in source {
                block.append(element)
                guard block.count >= blockSize else { continue }
                guard await send(block) else { return }
                block.removeAll(keepingCapacity: true)
            }
            if !block.isEmpty { _ = await send(block) }
            finish()
        } catch {
            finish(throwing: error)
        }
    }
}
