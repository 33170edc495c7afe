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
            let isFull = size >= chunkSize || chunk.entries.count >= Self.mostRows
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

    private func flush(_ chunk: inout ImportChunk, _ sent: inout Int, to copy: CopyWriter) throws {
        let bytes = chunk.rows.encoder.bytes
        while sent < bytes.count {
            let end = min(sent + CopyWriter.flushSize, bytes.count)
            copy.buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[sent..<end]))
            try copy.flushIfFull()
            sent = end
        }
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
