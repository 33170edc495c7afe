import Postgres

/// Reads the first rows of a file for the types of its columns, by the same readers and rules that the import has.
struct SampleReader {
    /// The sample is complete.
    private struct EnoughRows: Error {}

    private let load: FileImport
    private let sample: TableSample
    private let input: ImportInput
    private let names: [String]
    private let columns: [SampledColumns.Column]
    private let nulls: NullTokens
    private var guesses: [ColumnGuess]
    private var rows = 0

    /// Opens the file and looks at the names of its columns.
    init(_ load: FileImport, _ sample: TableSample, on connection: Connection) throws {
        guard !load.source.isPipe else { throw TableGuessError.pipe(load.source) }
        if load.format != .ndjson, !load.hasHeader, load.columns == nil {
            throw TableGuessError.withoutNames(load.source)
        }
        guard load.onConflict == .error else { throw TableGuessError.withoutKey(load.source) }
        try load.validateLayout()
        (self.load, self.sample) = (load, sample)
        input = try load.source.open(SignOfLife(connection), as: TextEncoding(load.encoding))
        let head = try ImportHead(of: input, load, columns: load.columns ?? [])
        guard let names = load.hasHeader ? head?.fields : load.columns ?? head?.fields else {
            throw ImportError.empty(load.source)
        }
        self.names = names
        columns = try Self.columns(load, names, head)
        nulls = load.format == .text ? NullTokens(ofText: load.null) : NullTokens(load.null)
        guesses = Array(repeating: ColumnGuess(decimalMark: load.layout.decimalMark), count: columns.count)
    }

    private static func columns(
        _ load: FileImport,
        _ names: [String],
        _ head: ImportHead?
    ) throws -> [SampledColumns.Column] {
        let found = SampledColumns(load, names: names)
        var problems = found.problems
        let line = head?.line ?? 1
        if load.format != .ndjson, let count = head?.fields.count, count != names.count {
            problems.append(.columnCount(expected: names.count, found: count))
        }
        guard problems.isEmpty else { throw TableGuessError.names(load.source, line: line, problems) }
        let all = found.columns.map(\.name) + load.constants.keys.sorted()
        // "Identifiers longer than 63 bytes are truncated" (manual, 4.1.1 "Identifiers and Key Words").
        let long = all.filter { $0.utf8.count > 63 }
        guard long.isEmpty else { throw TableGuessError.longNames(load.source, line: line, long) }
        guard !found.columns.isEmpty else { throw TableGuessError.noColumns(load.source) }
        return found.columns
    }

    /// Reads the sample.
    mutating func table(_ name: Identifier) throws -> GuessedTable {
        var isWhole = true
        do {
            switch load.format {
            case .csv, .text: try readFields()
            case .ndjson: try readLines()
            }
        } catch is EnoughRows {
            isWhole = false
        } catch let error as CSVError {
            throw ImportError.malformed(load.source, error)
        } catch let error as JSONLinesError {
            throw ImportError.malformedJSON(load.source, error)
        }
        return GuessedTable(
            name: name,
            columns: guessed + constants,
            sampledRows: rows,
            isWholeFile: isWhole
        )
    }

    private var guessed: [GuessedTable.Column] {
        zip(columns, guesses).map { .init(name: $0.name, type: $1.type, turn: $1.turn) }
    }

    /// Those with one value for all rows, which the server reads as it stands.
    private var constants: [GuessedTable.Column] {
        load.constants.sorted { $0.key < $1.key }.map { name, value in
            let type = Array(value.utf8).withUnsafeBytes { GuessedType(of: $0) }
            return .init(name: name, type: type, turn: nil)
        }
    }

    private mutating func endRow() throws {
        rows += 1
        if rows >= sample.rows { throw EnoughRows() }
    }
}

extension SampleReader {
    private mutating func readFields() throws {
        var reader = try CSVReader(load.layout)
        var block = try input.next()
        while true {
            do {
                try readFields(&reader, block)
                if block == nil { return }
                block = try input.next()
            } catch let error as CSVError where sample.passesOver && error.problem.allowsResynchronizing {
                reader.skipRecord()
                if block != nil { block = UnsafeRawBufferPointer(start: nil, count: 0) }
            }
        }
    }

    private mutating func readFields(_ reader: inout CSVReader, _ block: UnsafeRawBufferPointer?) throws {
        let hasHeader = load.hasHeader
        func take(_ record: borrowing CSVRecord) throws {
            if record.number == 1, hasHeader { return }
            for (place, column) in columns.enumerated() {
                let field = record[column.position]
                guard !nulls.hold(field) else { continue }
                guard field.hasEscapes else {
                    guesses[place].take(field.bytes, line: record.line)
                    continue
                }
                var text: [UInt8] = []
                CopyTextEscapes.decode(field.bytes, into: &text)
                text.withUnsafeBytes { guesses[place].take($0, line: record.line) }
            }
            try endRow()
        }
        if let block { try reader.feed(block, take) } else { try reader.finish(take) }
    }

    private mutating func readLines() throws {
        var reader = JSONLinesReader(maximumLineSize: load.maximumRecordSize)
        let keys = JSONKeys(names, ignored: load.ignored, load.names)
        var block = try input.next()
        while true {
            do {
                try readLines(&reader, keys, block)
                if block == nil { return }
                block = try input.next()
            } catch let error as JSONLinesError where sample.passesOver && error.problem.allowsResynchronizing
            {
                reader.skipRecord()
                if block != nil { block = UnsafeRawBufferPointer(start: nil, count: 0) }
            }
        }
    }

    private mutating func readLines(
        _ reader: inout JSONLinesReader,
        _ keys: JSONKeys,
        _ block: UnsafeRawBufferPointer?
    ) throws {
        func take(_ record: borrowing JSONRecord) throws {
            var found: [Int: JSONMember] = [:]
            for (place, member) in record.members.enumerated() {
                guard let index = try keys.index(of: member, at: place, in: record) else { continue }
                found[index] = member
            }
            for (place, column) in columns.enumerated() {
                guard let member = found[column.position] else { continue }
                try look(at: member, of: record, for: place)
            }
            try endRow()
        }
        if let block { try reader.feed(block, take) } else { try reader.finish(take) }
    }

    private mutating func look(
        at member: JSONMember,
        of record: borrowing JSONRecord,
        for place: Int
    ) throws {
        let bytes = record.bytes(member.value)
        switch member.kind {
        case .null: return
        case .bool: guesses[place].take(bytes, as: .bool, line: record.line)
        case .number: guesses[place].take(bytes, as: .number, line: record.line)
        case .nested: guesses[place].take(bytes, as: .nested, line: record.line)
        case .string:
            var text: [UInt8] = []
            let content = JSONMember.Piece(start: member.value.start + 1, count: member.value.count - 2)
            try record.unescape(content, into: &text)
            text.withUnsafeBytes { text in
                if !nulls.holdString(text) { guesses[place].take(text, as: .string, line: record.line) }
            }
        }
    }
}
