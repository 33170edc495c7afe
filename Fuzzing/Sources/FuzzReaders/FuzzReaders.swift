@testable import Bulk

// Shared with the tests that play the kept corpus: Tests/BulkTests/Fuzz has links to the files of this folder.

/// What is done with one input of a fuzzer of a reader of files. It ends the process when something does not hold.
public enum ReaderBody: String, CaseIterable, Sendable {
    case csv
    case ndjson

    /// Takes an input; any bytes at all.
    public func run(_ bytes: [UInt8]) {
        switch self {
        case .csv: CSVFuzz(bytes)?.run()
        case .ndjson: JSONLinesFuzz(bytes)?.run()
        }
    }
}

/// A file and how it is read. The first two bytes say how, the others are the file.
private struct CSVFuzz {
    private let bytes: [UInt8]
    private let format: CSVFormat
    /// The size of blocks.
    private let block: Int
    private let nulls: NullTokens

    init?(_ input: [UInt8]) {
        guard input.count >= 2 else { return nil }
        bytes = Array(input.dropFirst(2))
        format = Self.format(input[0], input[1])
        block = 1 + Int(input[1] & 15)
        nulls = NullTokens(
            [.emptyBareField, .emptyField, .token("a"), .anyOf(["", "b"])][Int(input[1] >> 6)]
        )
    }

    private static func format(_ first: UInt8, _ second: UInt8) -> CSVFormat {
        var format = CSVFormat()
        format.delimiter = Array(",;\t|".utf8)[Int(first & 3)]
        format.quote = [UInt8(ascii: "\""), UInt8(ascii: "'"), nil, UInt8(ascii: "\"")][Int(first >> 2 & 3)]
        if first & 16 != 0, format.quote != nil { format.escape = UInt8(ascii: "\\") }
        if first & 32 != 0 { format.blanks = .trimmed }
        format.linesBefore = [0, 0, 1, 2][Int(first >> 6)]
        if second & 16 != 0 { format.header = .absent }
        return format
    }

    func run() {
        // An import looks at the first record before it reads any, and goes no further where that cannot be read.
        let head = PlainCSV(bytes, format, columnCount: nil)
        guard let first = head.records.first else { return }
        let columns = first.fields.count
        let outcome = read(from: RecordPosition(), columns, block: max(1, bytes.count))
        precondition(read(from: RecordPosition(), columns, block: block) == outcome, "the cut shows")
        compare(outcome, PlainCSV(bytes, format, columnCount: format.header == .absent ? columns : nil))
        checkLines(outcome)
        resume(outcome, columns)
        for case .record(let record) in outcome.steps { encode(record.fields) }
    }

    private func read(from place: RecordPosition, _ columns: Int, block: Int) -> FuzzOutcome {
        do {
            let reader = try CSVReader(format, at: place, columnCount: columns)
            return try FuzzOutcome(bytes[place.offset...], block: block, reader)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// The same records as by the plain way, and the same first mistake at the same place.
    private func compare(_ outcome: FuzzOutcome, _ plain: PlainCSV) {
        let records = outcome.steps.prefix { if case .record = $0 { true } else { false } }
        precondition(records.elementsEqual(plain.records.map { .record($0) }), "other records")
        let problem = outcome.steps.dropFirst(records.count).first
        guard let mistake = plain.mistake, let place = plain.mistakePlace else {
            return precondition(problem == nil, "a mistake that is none: \(problem as Any)")
        }
        guard case .problem(let name, let start, let line, let column) = problem else {
            preconditionFailure("no mistake: \(mistake)")
        }
        precondition(name == "\(mistake.problem)" && start.offset == plain.start, "another mistake: \(name)")
        precondition(line == place.line && column == place.column, "another place: \(line), \(column)")
    }

    /// Lines are those that a plain count gives, behind records that are left out as well.
    private func checkLines(_ outcome: FuzzOutcome) {
        for step in outcome.steps {
            switch step {
            case .record(let record):
                precondition(record.line == PlainCSV.line(at: record.offset, in: bytes), "another line")
            case .problem(_, let start, _, _):
                precondition(start.line == PlainCSV.line(at: start.offset, in: bytes), "another line")
            }
        }
        guard let end = outcome.end else { return }
        precondition(end.offset == bytes.count, "bytes are left")
        precondition(
            end.line == PlainCSV.line(at: end.offset, in: bytes),
            "another last line: \(end) \(bytes)"
        )
    }

    /// From every place where an import may have stopped comes what followed it.
    private func resume(_ outcome: FuzzOutcome, _ columns: Int) {
        var records = 0
        for (index, step) in outcome.steps.enumerated() {
            let place =
                switch step {
                case .record(let record):
                    RecordPosition(offset: record.offset, line: record.line, records: records)
                case .problem(_, let start, _, _): start
                }
            if place.offset > 0 {
                let rest = read(from: place, columns, block: block)
                precondition(rest.steps[...] == outcome.steps[index...], "another rest from \(place)")
                precondition(rest.end == outcome.end, "another end from \(place)")
            }
            if case .record = step { records += 1 }
        }
    }

    /// What COPY gets stands for the same values.
    private func encode(_ fields: [FuzzedField]) {
        var encoder = CopyTextEncoder(capacity: 1)
        for field in fields {
            field.bytes.withUnsafeBytes { bytes in
                let field = CSVField(bytes: bytes, isQuoted: field.isQuoted)
                if nulls.hold(field) { encoder.appendNull() } else { encoder.append(bytes) }
            }
            encoder.endField()
        }
        encoder.endRow()
        let row = PlainCopy.row(Array(encoder.bytes))
        precondition(row.count == fields.count, "another number of columns")
        for (value, field) in zip(row, fields) {
            precondition(value == (isNull(field) ? nil : field.bytes), "another value")
        }
    }

    private func isNull(_ field: FuzzedField) -> Bool {
        field.bytes.withUnsafeBytes { nulls.hold(CSVField(bytes: $0, isQuoted: field.isQuoted)) }
    }
}

/// The text format of COPY, read back.
private enum PlainCopy {
    static func row(_ bytes: [UInt8]) -> [[UInt8]?] {
        precondition(bytes.last == UInt8(ascii: "\n") && bytes.count { $0 == UInt8(ascii: "\n") } == 1)
        return bytes.dropLast().split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            .map { value($0) }
    }

    private static func value(_ field: ArraySlice<UInt8>) -> [UInt8]? {
        if field.elementsEqual("\\N".utf8) { return nil }
        var (value, isEscaped) = ([UInt8](), false)
        for byte in field {
            if isEscaped {
                let meant = ["n": "\n", "r": "\r", "t": "\t"][Character(UnicodeScalar(byte))]
                value.append(meant?.utf8.first ?? byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                value.append(byte)
            }
        }
        precondition(!isEscaped)
        return value
    }
}

/// A file of NDJSON; the first byte is the size of blocks.
private struct JSONLinesFuzz {
    private let bytes: [UInt8]
    private let block: Int

    init?(_ input: [UInt8]) {
        guard let first = input.first else { return nil }
        (bytes, block) = (Array(input.dropFirst()), 1 + Int(first))
    }

    func run() {
        let outcome = read(from: RecordPosition(), block: max(1, bytes.count))
        precondition(read(from: RecordPosition(), block: block) == outcome, "the cut shows")
        compare(outcome)
        var records = 0
        for (index, step) in outcome.steps.enumerated() {
            let place = place(of: step, behind: records)
            precondition(place.line == line(at: place.offset), "another line")
            let rest = read(from: place, block: block)
            precondition(rest.steps[...] == outcome.steps[index...], "another rest from \(place)")
            precondition(rest.end == outcome.end, "another end from \(place)")
            if case .record = step { records += 1 }
        }
        precondition(outcome.end?.offset == bytes.count, "bytes are left")
    }

    private func place(of step: FuzzOutcome.Step, behind records: Int) -> RecordPosition {
        switch step {
        case .record(let record): RecordPosition(offset: record.offset, line: record.line, records: records)
        case .problem(_, let start, _, _): start
        }
    }

    private func line(at offset: Int) -> Int { 1 + bytes[..<offset].count { $0 == UInt8(ascii: "\n") } }

    private func read(from place: RecordPosition, block: Int) -> FuzzOutcome {
        do {
            return try FuzzOutcome(bytes[place.offset...], block: block, JSONLinesReader(at: place))
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// Every line is read or refused as it is by the plain way.
    private func compare(_ outcome: FuzzOutcome) {
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var steps = outcome.steps[...]
        for line in lines where line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) {
            let members = PlainJSON.members(of: Array(line))
            switch steps.popFirst() {
            case .record(let record): precondition(members == record.fields, "other members")
            case .problem(let name, _, _, _): precondition(members == nil, "refused: \(name)")
            case nil: preconditionFailure("a line is missing")
            }
        }
        precondition(steps.isEmpty, "a line too many")
    }
}
