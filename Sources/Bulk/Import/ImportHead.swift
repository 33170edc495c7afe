/// What the beginning of a file says about its columns.
struct ImportHead {
    /// The names of the columns, or as many fields as the first record has where there is no header.
    let fields: [String]
    /// The line of the first record.
    let line: Int
    /// What lines end with, in the text format of COPY.
    let lineEnd: LineEnd?

    /// Looks at the beginning of a source; `nil` when there is nothing in it.
    ///
    /// - Parameter columnCount: how many columns the file has to have where it has no header.
    /// - Parameter columns: those of the table that a file may be for.
    init?(of input: ImportInput, _ load: FileImport, columns: [String]) throws {
        switch load.format {
        case .csv, .text: try self.init(fields: input, load, columnCount: columns.count)
        case .ndjson: try self.init(lines: input, load, columns)
        }
    }

    private init(_ fields: [String], line: Int, _ lineEnd: LineEnd? = nil) {
        (self.fields, self.line, self.lineEnd) = (fields, line, lineEnd)
    }

    private init(_ record: borrowing CSVRecord) {
        self.init(record.strings, line: record.line, record.lineEnd)
    }

    /// Ends the reading at the first record.
    private struct Found: Error {
        let head: ImportHead
    }

    private init?(fields input: ImportInput, _ load: FileImport, columnCount: Int) throws {
        let format = load.layout
        var reader = try CSVReader(format)
        do {
            try input.peek { block in
                try reader.feed(block) { throw Found(head: ImportHead($0)) }
                return true
            }
            try reader.finish { throw Found(head: ImportHead($0)) }
            // Lines that are all empty are rows of one column, and nothing at all in a file of more.
            let areRows = format.header == .absent && columnCount == 1 && reader.blankLineCount > 0
            guard areRows else { return nil }
            self.init([""], line: 1, reader.lineEnd)
        } catch let found as Found {
            // The first line of JSON that is written over many lines.
            if load.format == .csv, [["["], ["{"]].contains(found.head.fields) {
                throw ImportError.looksLikeJSON(input.source)
            }
            if format.header == .present, ForeignFile.isMarkup(found.head.fields[0]) {
                throw ImportError.foreign(input.source, .markup)
            }
            self = found.head
        } catch let error as CSVError {
            if format.header == .present, error.line == 1, ForeignFile.isMarkup(error.text) {
                throw ImportError.foreign(input.source, .markup)
            }
            // Where an empty line is a row, what cannot be read is not the first one.
            if format.header == .absent, columnCount == 1, reader.blankLineCount > 0 {
                self.init([""], line: 1, reader.lineEnd)
                return
            }
            let marks = [UInt8(ascii: "{"), UInt8(ascii: "[")]
            if load.format == .csv, let first = error.text.utf8.first, error.line == 1, marks.contains(first)
            {
                throw ImportError.looksLikeJSON(input.source)
            }
            throw ImportError.malformed(input.source, error)
        }
    }

    /// The keys of the objects in the first 256 KiB, or further on where there are none, in the order in which they appear.
    private init?(lines input: ImportInput, _ load: FileImport, _ columns: [String]) throws {
        var keys = KeyCollector(load, columns)
        var (bytes, isWhole) = (0, true)
        try input.peek { block in
            keys.read(block)
            bytes += block.count
            isWhole = bytes < ImportInput.blockSize || keys.line == nil
            return isWhole && !keys.isStuck
        }
        if isWhole, !keys.isStuck { keys.read(nil) }
        guard let line = keys.line else {
            if let error = keys.firstError { throw ImportError.malformedJSON(input.source, error) }
            return nil
        }
        self.init(keys.names, line: line)
    }
}

/// Collects the keys of objects. Lines that cannot be read are left to the one who reads the rows.
private struct KeyCollector: ~Copyable {
    /// All that appeared, in their order.
    private var keys: [String] = []
    /// The line of the first object.
    private(set) var line: Int?
    private(set) var firstError: JSONLinesError?
    /// Whether nobody knows where the next object begins.
    private(set) var isStuck = false
    /// The names that are told apart by their capital letters: everything where those count, else what the table or the options
    /// name just so.
    private let exact: Set<String>?
    private var reader: JSONLinesReader
    private var seen: Set<String> = []

    init(_ load: FileImport, _ columns: [String]) {
        let named = load.ignored.union(load.mapping.keys).union(columns)
        exact = load.names == .exact ? nil : named
        reader = JSONLinesReader(maximumLineSize: load.maximumRecordSize)
    }

    /// The keys without those that are another one in other capital letters.
    var names: [String] {
        guard let exact else { return keys }
        var taken = Set(keys.filter(exact.contains).map { $0.lowercased() })
        return keys.filter { exact.contains($0) || taken.insert($0.lowercased()).inserted }
    }

    mutating func read(_ block: UnsafeRawBufferPointer?) {
        var rest = block
        while true {
            do {
                return try readOn(rest)
            } catch let error as JSONLinesError where error.problem.allowsResynchronizing {
                firstError = firstError ?? error
                reader.skipRecord()
                if rest != nil { rest = UnsafeRawBufferPointer(start: nil, count: 0) }
            } catch {
                firstError = firstError ?? error as? JSONLinesError
                isStuck = true
                return
            }
        }
    }

    private mutating func readOn(_ block: UnsafeRawBufferPointer?) throws {
        var (keys, seen, line) = (keys, seen, line)
        defer { (self.keys, self.seen, self.line) = (keys, seen, line) }
        func take(_ record: borrowing JSONRecord) throws {
            line = line ?? record.line
            for member in record.members {
                var bytes: [UInt8] = []
                try record.unescape(member.key, into: &bytes)
                let key = String(decoding: bytes, as: UTF8.self)
                if seen.insert(key).inserted { keys.append(key) }
            }
        }
        if let block { try reader.feed(block, take) } else { try reader.finish(take) }
    }
}
