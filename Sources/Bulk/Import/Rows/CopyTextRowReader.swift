/// The rows of a file in the text format of COPY: what has no backslash goes on as it stands.
final class CopyTextRowReader: RowReader {
    private var reader: CSVReader
    private let fields: CopyTextFields
    private let hasHeader: Bool

    init(
        _ load: FileImport,
        _ mapping: ImportMapping,
        _ head: ImportHead?,
        at position: RecordPosition
    ) throws(CSVFormatError) {
        reader = try CSVReader(
            load.layout,
            at: position,
            columnCount: head?.fields.count ?? 0,
            lineEnd: head?.lineEnd
        )
        fields = CopyTextFields(load, mapping)
        hasHeader = load.text.header == .present
    }

    var position: RecordPosition { reader.position }
    var blankLines: Int { reader.blankLineCount }
    var isBetweenRecords: Bool { reader.isBetweenRecords }

    func read(
        _ block: UnsafeRawBufferPointer?,
        into rows: inout RowBuffer,
        _ onRow: (inout RowBuffer, RecordPosition) throws -> Void
    ) throws {
        // Constants of the function, because a property of a class costs a check at every access.
        let (fields, hasHeader) = (fields, hasHeader)
        // Used again by all fields of the block.
        var text: [UInt8] = []
        func take(_ record: borrowing CSVRecord) throws {
            if record.number == 1, hasHeader { return }
            fields.encode(record, into: &rows.encoder, &text)
            rows.endRow(line: record.line)
            try onRow(&rows, record.start)
        }
        if let block { try reader.feed(block, take) } else { try reader.finish(take) }
    }

    func skipRecord() {
        reader.skipRecord()
    }
}

/// Writes the fields of a record where COPY wants them.
private struct CopyTextFields {
    private let pieces: [RowPiece]
    private let nulls: NullTokens
    /// Whether a tab stands for itself in a field of the file, and for the end of one in what is sent.
    private let mayHoldTabs: Bool

    init(_ load: FileImport, _ mapping: ImportMapping) {
        pieces = mapping.values.map(RowPiece.init)
        nulls = NullTokens(ofText: load.null)
        mayHoldTabs = load.text.delimiter != UInt8(ascii: "\t")
    }

    @inline(__always)
    func encode(
        _ record: borrowing CSVRecord,
        into encoder: inout CopyTextEncoder,
        _ text: inout [UInt8]
    ) {
        for piece in pieces {
            switch piece {
            case .constant(let bytes): encoder.append(encoded: bytes)
            case .field(let index): append(record[index], to: &encoder, &text)
            }
            encoder.endField()
        }
    }

    @inline(__always)
    private func append(_ field: CSVField, to encoder: inout CopyTextEncoder, _ text: inout [UInt8]) {
        if nulls.hold(field) {
            encoder.appendNull()
        } else if field.hasEscapes {
            append(escaped: field, to: &encoder, &text)
        } else if mayHoldTabs {
            encoder.append(field.bytes)
        } else {
            encoder.append(plain: field.bytes)
        }
    }

    /// Escapes are taken out and made anew: those of the file may mean something else where other tokens stand for NULL, or with
    /// another delimiter.
    private func append(
        escaped field: CSVField,
        to encoder: inout CopyTextEncoder,
        _ text: inout [UInt8]
    ) {
        text.removeAll(keepingCapacity: true)
        CopyTextEscapes.decode(field.bytes, into: &text)
        text.withUnsafeBytes { encoder.append($0) }
    }
}
