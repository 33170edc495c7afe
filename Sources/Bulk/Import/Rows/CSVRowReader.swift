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
        fields = CSVFields(mapping.values.map(RowPiece.init), null: load.null)
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
    private let pieces: [RowPiece]
    private let nullToken: [UInt8]
    private let isNullOnlyBare: Bool

    init(_ pieces: [RowPiece], null: NullRule) {
        self.pieces = pieces
        switch null {
        case .emptyBareField: (nullToken, isNullOnlyBare) = ([], true)
        case .emptyField: (nullToken, isNullOnlyBare) = ([], false)
        case .token(let token): (nullToken, isNullOnlyBare) = (Array(token.utf8), true)
        }
    }

    @inline(__always)
    func encode(_ record: borrowing CSVRecord, into encoder: inout CopyTextEncoder) {
        for piece in pieces {
            switch piece {
            case .constant(let bytes): encoder.append(encoded: bytes)
            case .field(let index):
                let field = record[index]
                if isNull(field) { encoder.appendNull() } else { encoder.append(field.bytes) }
            }
            encoder.endField()
        }
    }

    @inline(__always)
    private func isNull(_ field: CSVField) -> Bool {
        guard field.bytes.count == nullToken.count, !(isNullOnlyBare && field.isQuoted) else { return false }
        return field.bytes.isEmpty || field.bytes.elementsEqual(nullToken)
    }
}
