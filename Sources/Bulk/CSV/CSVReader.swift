/// Reads CSV (RFC 4180) from blocks of bytes, in memory that does not grow with the file.
///
/// Records end with LF, CR LF or CR; quoted fields may hold delimiters, line ends and doubled quotes. Every
/// record must have as many fields as the first, be UTF-8 and hold no NUL. A byte order mark is skipped.
/// Empty lines are skipped too where records have more than one field; in a file of one column an empty line
/// is an empty field. Before the first record that is known only when the number of columns is told.
///
/// ```swift
/// var reader = try CSVReader()
/// while let block = try file.next() {
///     try reader.feed(block) { record in print(record.line, record.string(0)) }
/// }
/// try reader.finish { record in print(record.line, record.string(0)) }
/// ```
public struct CSVReader: ~Copyable {
    private let format: CSVFormat
    private let scanner: CSVScanner
    private let textScanner: CopyTextScanner?
    private var queue = ByteQueue()
    private var fields: [FieldSlice] = []
    private var offset = 0
    private var line = 1
    private var isAtStart = true
    /// The lines that are still to be left out before the first record.
    private var linesBefore: Int
    /// A record that did not fit is looked at again only when twice as much is there, so that a long one
    /// costs no more than twice its length.
    private var neededBytes = 1
    /// Where the record at the front breaks a rule, so that its end is not known.
    private var brokenAt: Int?
    /// The record at the front breaks a rule and is this long.
    private var broken: (length: Int, lines: Int)?
    private var isSkippingLine = false

    /// The number of fields that every record must have: that of the first one, once it was read.
    public private(set) var columnCount: Int?
    /// The number of records handed out so far.
    public private(set) var recordCount = 0
    /// What lines end with, in the text format of COPY; known from the first one on.
    private(set) var lineEnd: LineEnd?
    /// The number of empty lines that were skipped.
    public private(set) var blankLineCount = 0

    /// The memory that waiting bytes take up.
    var bufferCapacity: Int { queue.capacity }

    /// Makes a reader.
    ///
    /// - Parameter columnCount: the number of fields where it is known; default: that of the first record.
    /// - Throws: ``CSVFormatError`` when delimiter and quote cannot be told apart.
    public init(_ format: CSVFormat = CSVFormat(), columnCount: Int? = nil) throws(CSVFormatError) {
        try format.validate()
        self.format = format
        linesBefore = format.linesBefore
        self.columnCount = columnCount
        scanner = CSVScanner(format)
        textScanner =
            if case .copyText = format.notation { CopyTextScanner(delimiter: format.delimiter) } else { nil }
    }

    /// Makes a reader for what lies behind a position that a reader of the same file had reached.
    init(
        _ format: CSVFormat,
        at position: RecordPosition,
        columnCount: Int,
        lineEnd: LineEnd? = nil
    ) throws(CSVFormatError) {
        // Empty lines before a header are no records: nothing can be called by an empty name alone.
        let isKnown = position.records > 0 || format.header == .absent
        try self.init(format, columnCount: isKnown ? columnCount : nil)
        (offset, line, recordCount) = (position.offset, position.line, position.records)
        isAtStart = position.offset == 0
        self.lineEnd = lineEnd
        // A place that was noted may lie among them.
        linesBefore = max(0, format.linesBefore - (line - 1))
    }

    /// The place behind the last record that was read.
    var position: RecordPosition { RecordPosition(offset: offset, line: line, records: recordCount) }

    /// Leaves out the record that an error was about: all of it where its end is known, otherwise up to the end of
    /// the line that the error is in. It happens with the next bytes that are fed, which may be none.
    mutating func skipRecord() {
        if let broken {
            advance(broken.length, lines: broken.lines)
            self.broken = nil
        } else {
            isSkippingLine = brokenAt != nil
        }
    }

    /// Whether nothing of a record that is left out is still to come.
    var isBetweenRecords: Bool { !isSkippingLine }

    /// Takes the next bytes of the file and hands out the records that they complete.
    ///
    /// - Throws: ``CSVError`` with the place in the file, or what `body` throws.
    public mutating func feed(
        _ block: UnsafeRawBufferPointer,
        _ body: (borrowing CSVRecord) throws -> Void
    ) throws {
        queue.append(block)
        guard queue.count >= neededBytes else { return }
        try drain(isLast: false, body)
    }

    /// Takes the next bytes of the file and hands out the records that they complete.
    public mutating func feed(_ block: [UInt8], _ body: (borrowing CSVRecord) throws -> Void) throws {
        try block.withUnsafeBytes { try feed($0, body) }
    }

    /// Hands out the last record when the file does not end with a line end.
    ///
    /// - Throws: ``CSVError``, for instance for a quote that was never closed.
    public mutating func finish(_ body: (borrowing CSVRecord) throws -> Void) throws {
        try drain(isLast: true, body)
    }
}

extension CSVReader {
    private mutating func drain(isLast: Bool, _ body: (borrowing CSVRecord) throws -> Void) throws {
        guard try !isAtStart || skipByteOrderMark(isLast: isLast) else { return }
        guard try linesBefore == 0 || skipLinesBefore(isLast: isLast) else { return }
        while queue.count > 0 {
            if isSkippingLine {
                try skipLine(isLast: isLast)
                if isSkippingLine { return }
                continue
            }
            let bytes = UnsafeRawBufferPointer(start: queue.front, count: queue.count)
            switch scan(bytes, isLast: isLast) {
            case .record(let length, let contentLength, let lineEnds):
                try hand(length: length, contentLength: contentLength, lineEnds: lineEnds, to: body)
            case .incomplete: return try wait(for: .recordTooLong(limit: format.maximumRecordSize))
            case .openQuote(let position):
                if isLast { throw failure(.unterminatedQuote, at: position) }
                return try wait(for: .recordTooLong(limit: format.maximumRecordSize))
            case .failure(let problem, let position):
                brokenAt = position
                throw failure(problem, at: position)
            case .broken(let problem, let position, let length):
                broken = (length, Self.lineEnds(bytes[..<length]))
                throw failure(problem, at: position)
            case .endOfData(let length): advance(length, lines: Self.lineEnds(bytes[..<length]))
            }
        }
        neededBytes = 1
    }

    @inline(__always)
    private mutating func scan(_ bytes: UnsafeRawBufferPointer, isLast: Bool) -> CSVScanner.Outcome {
        guard let textScanner else { return scanner.scan(bytes, isLast: isLast, into: &fields) }
        let outcome = textScanner.scan(bytes, isLast: isLast, lineEnd: lineEnd, into: &fields)
        if lineEnd == nil, case .record(let length, let contentLength, _) = outcome {
            lineEnd = LineEnd(UnsafeRawBufferPointer(rebasing: bytes[contentLength..<length]))
        }
        return outcome
    }

    /// Leaves out what stands before the first record; whether all of it is behind.
    private mutating func skipLinesBefore(isLast: Bool) throws(CSVError) -> Bool {
        while linesBefore > 0, queue.count > 0 {
            let bytes = UnsafeRawBufferPointer(start: queue.front, count: queue.count)
            guard let length = Self.lineLength(bytes, isLast: isLast) else {
                try wait(for: .recordTooLong(limit: format.maximumRecordSize))
                return false
            }
            advance(length, lines: 1)
            linesBefore -= 1
        }
        return linesBefore == 0
    }

    /// The first line with its end; `nil` when its end may still be to come.
    private static func lineLength(_ bytes: UnsafeRawBufferPointer, isLast: Bool) -> Int? {
        let end = bytes.firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        guard let end else { return isLast ? bytes.count : nil }
        guard bytes[end] == UInt8(ascii: "\r") else { return end + 1 }
        if end + 1 < bytes.count { return bytes[end + 1] == UInt8(ascii: "\n") ? end + 2 : end + 1 }
        return isLast ? end + 1 : nil
    }

    private mutating func skipLine(isLast: Bool) throws(CSVError) {
        let bytes = UnsafeRawBufferPointer(start: queue.front, count: queue.count)
        let start = brokenAt ?? 0
        guard let rest = Self.lineLength(UnsafeRawBufferPointer(rebasing: bytes[start...]), isLast: isLast)
        else {
            return try wait(for: .recordTooLong(limit: format.maximumRecordSize))
        }
        advance(start + rest, lines: Self.lineEnds(bytes[..<(start + rest)]))
        (brokenAt, isSkippingLine) = (nil, false)
    }

    /// The line ends in bytes behind which nothing of one is still to come.
    private static func lineEnds(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
        bytes.indices.count { index in
            if bytes[index] == UInt8(ascii: "\n") { return true }
            let isPair = index + 1 < bytes.endIndex && bytes[index + 1] == UInt8(ascii: "\n")
            return bytes[index] == UInt8(ascii: "\r") && !isPair
        }
    }

    /// Keeps what is there for the next block, up to the limit.
    private mutating func wait(for problem: CSVError.Problem) throws(CSVError) {
        if queue.count > format.maximumRecordSize { throw failure(problem, at: 0) }
        neededBytes = min(queue.count * 2, format.maximumRecordSize + 1)
    }

    private mutating func hand(
        length: Int,
        contentLength: Int,
        lineEnds: Int,
        to body: (borrowing CSVRecord) throws -> Void
    ) throws {
        defer { if broken == nil { advance(length, lines: lineEnds) } }
        if columnCount != 1, isBlank(contentLength) {
            blankLineCount += 1
            return
        }
        do {
            try check(contentLength)
        } catch {
            broken = (length, lineEnds)
            throw error
        }
        unescape()
        recordCount += 1
        let front = UnsafeRawPointer(queue.front)
        try fields.withUnsafeBufferPointer { slices in
            try body(
                CSVRecord(
                    number: recordCount,
                    line: line,
                    lineCount: max(lineEnds, 1),
                    byteOffset: offset,
                    byteCount: length,
                    base: front,
                    slices: slices,
                    lineEnd: lineEnd
                )
            )
        }
    }

    /// Whether the record at the front is an empty line, or one of blanks that do not count.
    private func isBlank(_ contentLength: Int) -> Bool {
        if contentLength == 0 { return true }
        return format.blanks == .trimmed && fields.count == 1 && fields[0].count == 0 && !fields[0].isQuoted
    }

    private mutating func advance(_ length: Int, lines: Int) {
        queue.removeFirst(length)
        offset += length
        line += lines
    }

    private mutating func check(_ length: Int) throws(CSVError) {
        if let position = UTF8Check.firstInvalidByte(queue.front, count: length) {
            throw failure(
                .invalidUTF8(byte: queue.front.load(fromByteOffset: position, as: UInt8.self)),
                at: position
            )
        }
        // Before the fields are counted: a first record that cannot be read says nothing of the others.
        try checkEscapes()
        guard let expected = columnCount else {
            columnCount = fields.count
            return
        }
        if fields.count < expected {
            throw failure(.tooFewFields(expected: expected, found: fields.count), at: 0)
        }
        if fields.count > expected {
            throw failure(.tooManyFields(expected: expected, found: fields.count), at: 0)
        }
    }

    /// Looks at bytes that escapes have made. What is NULL is not looked at, as the server does not.
    private func checkEscapes() throws(CSVError) {
        guard case .copyText(let nulls) = format.notation else { return }
        for slice in fields where slice.hasEscapes {
            let bytes = UnsafeRawBufferPointer(start: queue.front + slice.start, count: slice.count)
            let field = CSVField(bytes: bytes, isQuoted: false, hasEscapes: true)
            if !nulls.hold(field), let byte = CopyTextEscapes.firstInvalidByte(bytes) {
                throw failure(.escapedByte(byte), at: slice.start)
            }
        }
    }

    /// Makes doubled quotes single and takes escapes out, in place: the record is whole and checked, nobody reads its raw
    /// form any more.
    private mutating func unescape() {
        guard let quote = format.quote else { return }
        let escape = format.escape ?? quote
        let bytes = queue.front.assumingMemoryBound(to: UInt8.self)
        for index in fields.indices where fields[index].hasEscapes {
            let slice = fields[index]
            fields[index].hasEscapes = false
            let end = slice.start + slice.count
            var (source, target) = (slice.start, slice.start)
            while source < end {
                let escapes =
                    bytes[source] == escape && source + 1 < end
                    && [quote, escape].contains(bytes[source + 1])
                // A quote that nothing escapes is the first of two.
                if escapes || bytes[source] == quote { source += 1 }
                bytes[target] = bytes[source]
                (source, target) = (source + 1, target + 1)
            }
            fields[index].count = target - slice.start
        }
    }

    /// Returns whether enough bytes are there to know.
    private mutating func skipByteOrderMark(isLast: Bool) throws(CSVError) -> Bool {
        guard queue.count >= 3 || isLast else { return false }
        isAtStart = false
        let start = [UInt8](UnsafeRawBufferPointer(start: queue.front, count: min(queue.count, 3)))
        if start == [0xEF, 0xBB, 0xBF] { advance(3, lines: 0) }
        if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
            throw failure(.utf16, at: 0)
        }
        return true
    }

    /// Finds line and column of a position in the current record.
    private func failure(_ problem: CSVError.Problem, at position: Int) -> CSVError {
        let bytes = UnsafeRawBufferPointer(start: queue.front, count: queue.count)
        var (lines, lineStart) = (0, 0)
        for index in 0..<position {
            let isLineFeed = bytes[index] == UInt8(ascii: "\n")
            let isLoneReturn = bytes[index] == UInt8(ascii: "\r") && bytes[index + 1] != UInt8(ascii: "\n")
            if isLineFeed || isLoneReturn { (lines, lineStart) = (lines + 1, index + 1) }
        }
        let firstLine = bytes.prefix(while: { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
        return CSVError(
            problem: problem,
            line: line + lines,
            column: position - lineStart + 1,
            text: String(clipping: firstLine, to: 80),
            notation: format.notation
        )
    }
}
