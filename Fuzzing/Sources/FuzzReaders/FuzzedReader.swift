@testable import Bulk

/// A reader of a file as an import drives it: behind a record that cannot be read it goes on.
protocol FuzzedReader: ~Copyable {
    var position: RecordPosition { get }
    /// Reads a block, the end without one.
    mutating func read(_ block: UnsafeRawBufferPointer?, _ take: (FuzzedRecord) -> Void) throws
    mutating func skipRecord()
}

/// A record that a reader has handed out.
struct FuzzedRecord: Equatable {
    /// Where it begins.
    let offset: Int
    let line: Int
    let fields: [FuzzedField]
}

/// A field of CSV, or a key or value of NDJSON. Bytes and no `String`: two of those are equal when they look the same.
struct FuzzedField: Equatable {
    var bytes: [UInt8]
    var isQuoted = false
}

extension CSVReader: FuzzedReader {
    mutating func read(_ block: UnsafeRawBufferPointer?, _ take: (FuzzedRecord) -> Void) throws {
        func hand(_ found: borrowing CSVRecord) {
            let fields = (0..<found.count).map { index in
                FuzzedField(bytes: Array(found[index].bytes), isQuoted: found[index].isQuoted)
            }
            take(FuzzedRecord(offset: found.byteOffset, line: found.line, fields: fields))
        }
        if let block { try feed(block, hand) } else { try finish(hand) }
    }
}

extension JSONLinesReader: FuzzedReader {
    mutating func read(_ block: UnsafeRawBufferPointer?, _ take: (FuzzedRecord) -> Void) throws {
        func hand(_ found: borrowing JSONRecord) throws {
            var fields: [FuzzedField] = []
            for member in found.members {
                fields.append(try Self.text(member.key, of: found))
                guard member.kind == .string else {
                    fields.append(FuzzedField(bytes: Array(found.bytes(member.value))))
                    continue
                }
                let content = JSONMember.Piece(start: member.value.start + 1, count: member.value.count - 2)
                fields.append(try Self.text(content, of: found))
            }
            take(FuzzedRecord(offset: found.byteOffset, line: found.line, fields: fields))
        }
        if let block { try feed(block, hand) } else { try finish(hand) }
    }

    private static func text(
        _ piece: JSONMember.Piece,
        of record: borrowing JSONRecord
    ) throws -> FuzzedField {
        var field = FuzzedField(bytes: [], isQuoted: true)
        try record.unescape(piece, into: &field.bytes)
        return field
    }
}

/// What reading came to, in the order of the file.
struct FuzzOutcome: Equatable {
    enum Step: Equatable {
        case record(FuzzedRecord)
        /// Something that cannot be read; the record begins at `start`.
        case problem(String, start: RecordPosition, line: Int, column: Int)

        /// The line of the record's beginning, or that of the problem.
        var line: Int {
            switch self {
            case .record(let record): record.line
            case .problem(_, _, let line, _): line
            }
        }
    }

    var steps: [Step] = []
    /// Where the reading ended, unless at something behind which nothing can be read.
    var end: RecordPosition?

    /// Reads some bytes in blocks of a size.
    init<Reader: FuzzedReader & ~Copyable>(
        _ bytes: some Collection<UInt8>,
        block size: Int,
        _ reader: consuming Reader
    ) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let block = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            guard try read(block, &reader) else { return }
        }
        guard try read(nil, &reader) else { return }
        end = reader.position
    }

    /// Reads a block to its end, over whatever is wrong in it; whether anything behind it can be read.
    private mutating func read<Reader: FuzzedReader & ~Copyable>(
        _ block: [UInt8]?,
        _ reader: inout Reader
    ) throws -> Bool {
        var rest = block
        while let isEnd = try attempt(rest, &reader) {
            if isEnd { return false }
            reader.skipRecord()
            if rest != nil { rest = [] }
        }
        return true
    }

    /// Nothing when the block was read; otherwise whether the problem is the end of it all.
    private mutating func attempt<Reader: FuzzedReader & ~Copyable>(
        _ block: [UInt8]?,
        _ reader: inout Reader
    ) throws -> Bool? {
        var found: [Step] = []
        func take(_ record: FuzzedRecord) { found.append(.record(record)) }
        do {
            defer { steps += found }
            if let block {
                try block.withUnsafeBytes { try reader.read($0, take) }
            } else {
                try reader.read(nil, take)
            }
            return nil
        } catch let error as CSVError {
            let problem = "\(error.problem)"
            steps.append(.problem(problem, start: reader.position, line: error.line, column: error.column))
            return !error.problem.allowsResynchronizing
        } catch let error as JSONLinesError {
            let problem = "\(error.problem)"
            steps.append(.problem(problem, start: reader.position, line: error.line, column: error.column))
            return !error.problem.allowsResynchronizing
        }
    }
}
