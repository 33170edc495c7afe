import Postgres

/// Makes lines of COPY's text format of records, and sends them in messages of 64 KiB.
struct ImportRowEncoder: ~Copyable {
    private enum Piece {
        case field(Int)
        case constant([UInt8])
    }

    private let pieces: [Piece]
    private let nullToken: [UInt8]
    private let isNullOnlyBare: Bool
    /// Whether a last column keeps the row's place in the file.
    private let numbersRows: Bool
    private var encoder = CopyTextEncoder(capacity: CopyWriter.flushSize * 2)

    init(_ values: [ImportPlan.Value], null: NullRule, numbersRows: Bool) {
        pieces = values.map { value in
            switch value {
            case .field(let position, _): return .field(position)
            case .constant(let text):
                var encoder = CopyTextEncoder(capacity: 2 * text.utf8.count + 1)
                encoder.append(text)
                return .constant(Array(encoder.bytes))
            }
        }
        self.numbersRows = numbersRows
        switch null {
        case .emptyBareField: (nullToken, isNullOnlyBare) = ([], true)
        case .emptyField: (nullToken, isNullOnlyBare) = ([], false)
        case .token(let token): (nullToken, isNullOnlyBare) = (Array(token.utf8), true)
        }
    }

    /// Adds a row, and sends what waits when it is enough for a message.
    mutating func send(_ record: borrowing CSVRecord, to copy: CopyWriter) throws {
        for piece in pieces {
            switch piece {
            case .constant(let bytes): encoder.append(encoded: bytes)
            case .field(let index): append(record[index])
            }
            encoder.endField()
        }
        if numbersRows {
            encoder.append(String(record.line))
            encoder.endField()
        }
        encoder.endRow()
        if encoder.count >= CopyWriter.flushSize { try flush(to: copy) }
    }

    /// Sends what waits.
    mutating func flush(to copy: CopyWriter) throws {
        copy.buffer.append(contentsOf: encoder.bytes)
        encoder.removeAll()
        try copy.flushIfFull()
    }

    @inline(__always)
    private mutating func append(_ field: CSVField) {
        if isNull(field) {
            encoder.appendNull()
        } else {
            encoder.append(field.bytes)
        }
    }

    @inline(__always)
    private func isNull(_ field: CSVField) -> Bool {
        guard field.bytes.count == nullToken.count, !(isNullOnlyBare && field.isQuoted) else { return false }
        return field.bytes.isEmpty || field.bytes.elementsEqual(nullToken)
    }
}
