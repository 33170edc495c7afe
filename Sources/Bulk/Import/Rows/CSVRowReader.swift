/// The rows of a CSV file.
final class CSVRowReader: RowReader {
    private var csv: CSVReader
    private let fields: CSVFields
    private let hasHeader: Bool

    init(
        _ load: FileImport,
        _ mapping: ImportMapping,
        at position: RecordPosition,
        columnCount: Int
    ) throws(CSVFormatError) {
        csv = try CSVReader(load.csv, at: position, columnCount: columnCount)
        fields = CSVFields(load, mapping)
        hasHeader = load.csv.header == .present
    }

    var position: RecordPosition { csv.position }
    var blankLines: Int { csv.blankLineCount }
    var isBetweenRecords: Bool { csv.isBetweenRecords }

    func read(
        _ block: UnsafeRawBufferPointer?,
        into rows: inout RowBuffer,
        _ onRow: (inout RowBuffer, RecordPosition) throws -> Void
    ) throws {
        // Constants of the function, because a property of a class costs a check at every access.
        let (fields, hasHeader) = (fields, hasHeader)
        func take(_ record: borrowing CSVRecord) throws {
            if record.number == 1, hasHeader { return }
            fields.encode(record, into: &rows.encoder)
            rows.endRow(line: record.line)
            try onRow(&rows, record.start)
        }
        if let block { try csv.feed(block, take) } else { try csv.finish(take) }
    }

    func skipRecord() {
        csv.skipRecord()
    }
}

/// Writes the fields of a record where COPY wants them.
private struct CSVFields {
    /// What a column of COPY gets of a record.
    private enum Piece {
        case field(Int)
        /// A number with a decimal comma.
        case number(Int)
        case constant([UInt8])

        init(_ value: ImportPlan.Value, of column: TargetColumn, _ mark: CSVFormat.DecimalMark) {
            switch RowPiece(value) {
            case .constant(let bytes): self = .constant(bytes)
            case .field(let index) where mark == .comma && DecimalComma.concerns(column):
                self = .number(index)
            case .field(let index): self = .field(index)
            }
        }
    }

    private let pieces: [Piece]
    private let nulls: NullTokens

    init(_ load: FileImport, _ mapping: ImportMapping) {
        pieces = zip(mapping.values, mapping.columns).map { Piece($0, of: $1, load.csv.decimalMark) }
        nulls = NullTokens(load.null)
    }

    @inline(__always)
    func encode(_ record: borrowing CSVRecord, into encoder: inout CopyTextEncoder) {
        for piece in pieces {
            switch piece {
            case .constant(let bytes): encoder.append(encoded: bytes)
            case .field(let index):
                let field = record[index]
                if nulls.hold(field) { encoder.appendNull() } else { encoder.append(field.bytes) }
            case .number(let index): append(number: record[index], to: &encoder)
            }
            encoder.endField()
        }
    }

    private func append(number field: CSVField, to encoder: inout CopyTextEncoder) {
        guard !nulls.hold(field) else { return encoder.appendNull() }
        DecimalComma.rewritten(field.bytes).withUnsafeBytes { encoder.append($0) }
    }
}
