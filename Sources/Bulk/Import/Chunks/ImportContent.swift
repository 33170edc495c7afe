package import Digests
package import Postgres

/// What a file is known by up to a place, and what stands behind it.
package struct ImportContent: Sendable {
    /// The bytes of ``head``: enough to tell most files apart without reading them.
    package static let headSize = 4096

    /// The first bytes.
    package let head: ContentDigest
    /// The bytes up to the place; fewer where the file ends before.
    package let digest: ContentDigest
    /// The three bytes behind it, fewer at the end.
    package let next: [UInt8]

    /// Whether nothing follows behind the place, unless it is the end of a last line that had none.
    package var isWhole: Bool { next.count == lineEnd ?? 0 }

    /// Whether the last line before the place is `\.`, which ends the data of COPY's text format.
    package var endsWithMark: Bool {
        let isEnd = { (byte: UInt8) in byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
        let line = digest.tail.reversed().drop(while: isEnd).prefix { !isEnd($0) }
        return line.elementsEqual(".\\".utf8)
    }

    /// The bytes that end the last line before the place, where that line had no end; nil where the line itself goes on.
    package var lineEnd: Int? {
        let (newline, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
        switch (digest.last, next.first) {
        case (carriageReturn, newline): return 1
        case (newline, _), (carriageReturn, _), (nil, _), (_, nil): return 0
        case (_, newline): return 1
        case (_, carriageReturn): return next.count > 1 && next[1] == newline ? 2 : 1
        default: return nil
        }
    }
}

extension FileImport {
    /// The error for rows behind the `\.` that has ended the data.
    ///
    /// - Parameter line: the line behind it.
    package func dataBehindEnd(line: Int) -> ImportError {
        let error = CSVError(
            problem: .dataBehindEnd,
            line: line,
            column: 1,
            text: "",
            notation: .copyText(NullTokens(ofText: null))
        )
        return .malformed(source, error)
    }

    /// Reads a file up to a place, for those who want to know whether it is the one that they know.
    ///
    /// - Throws: ``ImportError`` when it cannot be read, `PostgresError` of the sign that the session gives meanwhile.
    package func content(upTo place: Int, on connection: Connection) throws -> ImportContent {
        let input = try source.open(SignOfLife(connection), as: TextEncoding(encoding))
        let head = try input.digest(upTo: min(place, ImportContent.headSize))
        let digest = try input.digest(behind: head, upTo: place)
        return ImportContent(head: head, digest: digest, next: try input.take(3))
    }

    /// Whether rows that are in the table already cannot come in a second time: they are settled by their key, or refused.
    ///
    /// - Throws: as ``run(on:_:onEvent:)`` where the columns do not fit.
    package func settlesRepeatedRows(on connection: Connection) throws -> Bool {
        guard onConflict == .error else { return true }
        let job = try ImportJob(self, on: connection)
        let fed = Set(job.mapping.columns.map(\.name))
        return job.table.uniqueKeys.contains { key in
            key.columns.allSatisfy { name in
                fed.contains(name) && (key.nullsAreEqual || job.table.column(name)?.isNotNull == true)
            }
        }
    }
}
