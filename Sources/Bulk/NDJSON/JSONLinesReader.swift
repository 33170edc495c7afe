/// Reads NDJSON, one object in each line, from blocks of bytes, in memory that does not grow with the file.
///
/// Lines end with LF or CR LF. Empty lines and a byte order mark are skipped.
struct JSONLinesReader: ~Copyable {
    /// The longest line in bytes, which bounds the memory that a file without line ends can cost.
    private let maximumLineSize: Int
    private var queue = ByteQueue()
    private var members: [JSONMember] = []
    private(set) var position: RecordPosition
    private(set) var blankLineCount = 0
    /// The waiting bytes that hold no line end.
    private var searched = 0
    private var isSkippingLine = false

    /// Makes a reader, for the beginning of a file or for what lies behind a position.
    init(at position: RecordPosition = RecordPosition(), maximumLineSize: Int = CSVFormat().maximumRecordSize)
    {
        self.position = position
        self.maximumLineSize = maximumLineSize
    }

    /// Leaves out the line that an error was about.
    mutating func skipRecord() {
        isSkippingLine = true
    }

    /// Takes the next bytes and hands out the lines that they complete.
    mutating func feed(
        _ block: UnsafeRawBufferPointer,
        _ body: (borrowing JSONRecord) throws -> Void
    ) throws {
        queue.append(block)
        while let length = lineLength() { try hand(length + 1, content: length, body) }
        if queue.count > maximumLineSize {
            throw failure(.init(.lineTooLong(limit: maximumLineSize), at: 0), length: queue.count)
        }
    }

    /// Hands out the last line when the file does not end with a line end.
    mutating func finish(_ body: (borrowing JSONRecord) throws -> Void) throws {
        while let length = lineLength() { try hand(length + 1, content: length, body) }
        if queue.count > 0 { try hand(queue.count, content: queue.count, body) }
    }

    private mutating func lineLength() -> Int? {
        let bytes = UnsafeRawBufferPointer(start: queue.front, count: queue.count)
        guard let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = queue.count
            return nil
        }
        return end
    }

    private mutating func hand(
        _ length: Int,
        content: Int,
        _ body: (borrowing JSONRecord) throws -> Void
    ) throws {
        if isSkippingLine {
            isSkippingLine = false
            return advance(length)
        }
        let bytes = UnsafeRawBufferPointer(start: queue.front, count: content)
        let text = withoutMark(bytes)
        guard text.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else {
            blankLineCount += 1
            return advance(length)
        }
        try scan(text)
        try members.withUnsafeBufferPointer { members in
            try body(
                JSONRecord(
                    line: position.line,
                    byteOffset: position.offset,
                    byteCount: length,
                    bytes: text,
                    members: members
                )
            )
        }
        position.records += 1
        advance(length)
    }

    private mutating func scan(_ text: UnsafeRawBufferPointer) throws {
        if let base = text.baseAddress,
            let position = UTF8Check.firstInvalidByte(base, count: text.count)
        {
            throw failure(.init(.invalidUTF8(byte: text[position]), at: position), length: text.count)
        }
        do {
            try JSONScanner.scan(text, into: &members)
        } catch {
            throw failure(error, length: text.count)
        }
    }

    private func withoutMark(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let isMarked = position.offset == 0 && bytes.starts(with: [0xEF, 0xBB, 0xBF])
        return isMarked ? UnsafeRawBufferPointer(rebasing: bytes.dropFirst(3)) : bytes
    }

    private mutating func advance(_ length: Int) {
        queue.removeFirst(length)
        position.offset += length
        position.line += 1
        searched = 0
    }

    private func failure(_ failure: JSONScanner.Failure, length: Int) -> JSONLinesError {
        JSONLinesError(
            problem: failure.problem,
            line: position.line,
            column: failure.position + 1,
            text: String(clipping: UnsafeRawBufferPointer(start: queue.front, count: length)[...], to: 80)
        )
    }
}
