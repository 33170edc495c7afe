import Digests
import Postgres

// Reading a chunk and sending it at the same time.

extension ChunkedImport {
    /// Reads the records of a chunk and hands the rows on as they come, so that the server is busy meanwhile.
    ///
    /// When the server refuses a row before the chunk is read to its end, the rest is read all the same: only a whole chunk
    /// can be stored again in parts.
    func fill(_ chunk: inout ImportChunk, into copy: CopyWriter) throws {
        let start = job.input.bytesRead
        var (sent, refusal) = (0, nil as CopyRefused?)
        chunk.reading = .partly
        while true {
            // Escapes may make the rows twice as long as they are in the file.
            let size = max(job.input.bytesRead - start, chunk.rows.encoder.count)
            let isFull = size >= chunk.size || chunk.entries.count >= Self.mostRows
            // A record may be longer than a chunk. One that ends where it began would settle nothing, and at the
            // beginning of a file its place would be taken for that of an import which somebody else began.
            let hasMoved = job.reader.position.offset > committed.offset
            if isFull, hasMoved, job.reader.isBetweenRecords { break }
            let block = try job.input.next()
            if let block { window.append(block) }
            try read(block, into: &chunk)
            do {
                if refusal == nil { try flush(&chunk, &sent, to: copy) }
            } catch let error as CopyRefused {
                refusal = error
            }
            // Here, where the server has something to do: behind the COPY it would wait, 0.2 s for a file of 34 MB.
            ahead = window.digest(behind: ahead, upTo: max(job.reader.position.offset, ahead.count))
            chunk.isLast = block == nil
            if block == nil { break }
            onEvent(.progress(job.input.progress(rows: totals.rows + chunk.entries.count)))
        }
        chunk.end = job.reader.position
        chunk.reading = .whole
        if let refusal { throw refusal }
    }

    /// Reads the next rows and hands them on as they come.
    func stream(_ limit: ChunkFill, into copy: CopyWriter, _ rows: inout StreamedRows) throws {
        var buffer = RowBuffer(numbersRows: merge != nil, capacity: 2 * ImportInput.blockSize)
        try readRows(limit, into: &buffer, &rows) { buffer in
            try copy.append(buffer.encoder.bytes)
            buffer.encoder.removeAll()
        }
        try copy.flush()
    }

    /// Reads rows up to a limit, or to the end of the file.
    ///
    /// - Parameter afterBlock: called when another block was read.
    func readRows(
        _ limit: ChunkFill,
        into buffer: inout RowBuffer,
        _ rows: inout StreamedRows,
        afterBlock: (inout RowBuffer) throws -> Void
    ) throws {
        let (start, began) = (job.input.bytesRead, ContinuousClock.now)
        let place = job.reader.position.offset
        while !rows.isLast {
            let isFull = limit.isReached(job.input.bytesRead - start, in: ContinuousClock.now - began)
            // See `fill` for records that are longer.
            if isFull, job.reader.position.offset > place, job.reader.isBetweenRecords { break }
            let block = try job.input.next()
            if let block { window.append(block) }
            var count = 0
            try job.reader.read(block, into: &buffer) { _, _ in count += 1 }
            rows.count += count
            rows.isLast = block == nil
            try afterBlock(&buffer)
            letGo()
            onEvent(.progress(job.input.progress(rows: rowsRead(before: rows))))
        }
        rows.end = job.reader.position
    }

    private func rowsRead(before rows: StreamedRows) -> Int { totals.rows + rows.before + rows.count }

    /// Lets go of the bytes of records that were read, when they are known.
    private func letGo() {
        ahead = window.digest(behind: ahead, upTo: max(job.reader.position.offset, ahead.count))
        if head == nil, content.count == 0 {
            guard job.input.bytesRead >= ImportContent.headSize else { return }
            head = window.head
        }
        window.forget(before: ahead.count)
    }

    private func flush(_ chunk: inout ImportChunk, _ sent: inout Int, to copy: CopyWriter) throws {
        let bytes = chunk.rows.encoder.bytes
        try copy.append(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
        sent = bytes.count
    }

    /// Reads a block; records that cannot be read are noted as long as they may be left out.
    private func read(_ block: UnsafeRawBufferPointer?, into chunk: inout ImportChunk) throws {
        var rest = block
        while true {
            do {
                return try readOn(rest, into: &chunk)
            } catch let error as CSVError where error.problem.allowsResynchronizing && maxSkipped > 0 {
                try note(error.problem.reason, error, in: &chunk)
            } catch let error as JSONLinesError where error.problem.allowsResynchronizing && maxSkipped > 0 {
                try note(error.problem.reason, error, in: &chunk)
            }
            if rest != nil { rest = UnsafeRawBufferPointer(start: nil, count: 0) }
        }
    }

    private func readOn(_ block: UnsafeRawBufferPointer?, into chunk: inout ImportChunk) throws {
        var entries = chunk.takeEntries()
        defer { chunk.giveBack(&entries) }
        try job.reader.read(block, into: &chunk.rows) { rows, start in
            entries.append(.init(start: start, encodedEnd: rows.encoder.count))
        }
    }

    private func note(_ reason: String, _ error: any Error, in chunk: inout ImportChunk) throws {
        guard totals.skipped + chunk.failureCount < maxSkipped else { throw error }
        chunk.append(job.reader.position, failure: reason)
        job.reader.skipRecord()
    }
}
