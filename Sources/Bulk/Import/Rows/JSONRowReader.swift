import Postgres

/// The rows of an NDJSON file: keys are columns, a key that a line does not have is NULL there.
///
/// Numbers are handed on digit by digit. A column of type json or jsonb gets every value as it stands in the file,
/// only `null` is NULL; other columns get the text of a string. An array goes into a column of an array type as an array;
/// other nested values stay as they stand.
final class JSONRowReader: RowReader {
    private var json: JSONLinesReader
    private let pieces: [RowPiece]
    private let takers: [Taker]
    private let keys: JSONKeys
    private let nulls: NullTokens
    private var found: [JSONMember?]
    private var text: [UInt8] = []

    /// What a column makes of a value.
    private enum Taker {
        /// The text of a string, everything else as it stands.
        case text
        /// Everything as it stands.
        case json
        /// The elements of an array, everything else as ``text``.
        case array(JSONArrayLiteral)

        init(_ column: TargetColumn) {
            if column.baseTypeID == .json || column.baseTypeID == .jsonb {
                self = .json
            } else {
                self = JSONArrayLiteral(for: column).map { .array($0) } ?? .text
            }
        }
    }

    init(_ load: FileImport, _ mapping: ImportMapping, names: [String], at position: RecordPosition) {
        json = JSONLinesReader(at: position, maximumLineSize: load.maximumRecordSize)
        pieces = mapping.values.map(RowPiece.init)
        takers = mapping.columns.map(Taker.init)
        keys = JSONKeys(names, ignored: load.ignored, load.names)
        found = Array(repeating: nil, count: names.count)
        nulls = NullTokens(load.null)
    }

    var position: RecordPosition { json.position }
    var blankLines: Int { json.blankLineCount }
    /// A line is left out when all of it is there.
    var isBetweenRecords: Bool { true }

    func read(
        _ block: UnsafeRawBufferPointer?,
        into rows: inout RowBuffer,
        _ onRow: (inout RowBuffer, RecordPosition) throws -> Void
    ) throws {
        func take(_ record: borrowing JSONRecord) throws {
            let start = rows.encoder.count
            do {
                try encode(record, into: &rows.encoder)
            } catch {
                rows.encoder.truncate(to: start)
                throw error
            }
            rows.endRow(line: record.line)
            try onRow(&rows, RecordPosition(offset: record.byteOffset, line: record.line, records: 0))
        }
        if let block { try json.feed(block, take) } else { try json.finish(take) }
    }

    func skipRecord() {
        json.skipRecord()
    }

    private func encode(
        _ record: borrowing JSONRecord,
        into encoder: inout CopyTextEncoder
    ) throws(JSONLinesError) {
        for index in found.indices { found[index] = nil }
        for (place, member) in record.members.enumerated() {
            guard let index = try keys.index(of: member, at: place, in: record) else { continue }
            guard found[index] == nil else {
                throw record.failure(.keyTwice(keys.names[index]), at: member.key.start)
            }
            found[index] = member
        }
        for (column, piece) in pieces.enumerated() {
            switch piece {
            case .constant(let bytes): encoder.append(encoded: bytes)
            case .field(let index):
                try append(found[index], of: record, as: takers[column], to: &encoder)
            }
            encoder.endField()
        }
    }

    private func append(
        _ member: JSONMember?,
        of record: borrowing JSONRecord,
        as taker: Taker,
        to encoder: inout CopyTextEncoder
    ) throws(JSONLinesError) {
        guard let member, member.kind != .null else { return encoder.appendNull() }
        switch taker {
        case .array(let literal) where record.bytes(member.value).first == UInt8(ascii: "["):
            text.removeAll(keepingCapacity: true)
            try literal.append(member.value, of: record, to: &text)
            text.withUnsafeBytes { encoder.append($0) }
        case .text where member.kind == .string, .array where member.kind == .string:
            try append(string: member, of: record, to: &encoder)
        case .text, .json, .array: encoder.append(record.bytes(member.value))
        }
    }

    private func append(
        string member: JSONMember,
        of record: borrowing JSONRecord,
        to encoder: inout CopyTextEncoder
    ) throws(JSONLinesError) {
        let content = JSONMember.Piece(start: member.value.start + 1, count: member.value.count - 2)
        if member.hasEscapes {
            text.removeAll(keepingCapacity: true)
            try record.unescape(content, into: &text)
            text.withUnsafeBytes { append($0, to: &encoder) }
        } else {
            append(record.bytes(content), to: &encoder)
        }
    }

    private func append(_ bytes: UnsafeRawBufferPointer, to encoder: inout CopyTextEncoder) {
        if nulls.holdString(bytes) { encoder.appendNull() } else { encoder.append(bytes) }
    }
}
