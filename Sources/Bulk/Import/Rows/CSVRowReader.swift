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
            let start = RecordPosition(
                offset: record.byteOffset,
                line: record.line,
                records: record.number - 1
            )
            try onRow(&rows, start)
        }
        if let block { try csv.feed(block, take) } else { try csv.finish(take) }
    }

    func skipRecord() {
        csv.skipRecord()
    }
}

/// Writes the fields of a record where COPY wants them.
private struct CSVFields {
    private let pieces: [(piece: RowPiece, mark: CSVFormat.DecimalMark)]
    private let nulls: NullTokens

    init(_ load: FileImport, _ mapping: ImportMapping) {
        pieces = zip(mapping.values, mapping.columns).map { value, column in
            (RowPiece(value), DecimalComma.concerns(column) ? load.csv.decimalMark : .point)
        }
        nulls = NullTokens(load.null)
    }

    @inline(__always)
    func encode(_ record: borrowing CSVRecord, into encoder: inout CopyTextEncoder) {
        for (piece, mark) in pieces {
            switch piece {
            case .constant(let bytes): encoder.append(encoded: bytes)
            case .field(let index):
                let field = record[index]
                if nulls.hold(field) {
                    encoder.appendNull()
                } else if mark == .comma {
                    DecimalComma.rewritten(field.bytes).withUnsafeBytes { encoder.append($0) }
                } else {
                    encoder.append(field.bytes)
                }
            }
            encoder.endField()
        }
    }
}
