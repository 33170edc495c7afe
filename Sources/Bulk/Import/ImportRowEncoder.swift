import Postgres

/// Makes a line of COPY's text format of a record.
struct ImportRowEncoder {
    private enum Piece {
        case field(Int)
        case constant([UInt8])
    }

    private let pieces: [Piece]
    private let nullToken: [UInt8]
    private let isNullOnlyBare: Bool
    /// Whether a last column keeps the row's place in the file.
    private let numbersRows: Bool

    init(_ values: [ImportPlan.Value], null: NullRule, numbersRows: Bool) {
        pieces = values.map { value in
            switch value {
            case .field(let position, _): return .field(position)
            case .constant(let text):
                var buffer = WireBuffer()
                CopyTextEncoder.append(text, to: &buffer)
                return .constant(buffer.bytes)
            }
        }
        self.numbersRows = numbersRows
        switch null {
        case .emptyBareField: (nullToken, isNullOnlyBare) = ([], true)
        case .emptyField: (nullToken, isNullOnlyBare) = ([], false)
        case .token(let token): (nullToken, isNullOnlyBare) = (Array(token.utf8), true)
        }
    }

    func append(_ record: borrowing CSVRecord, to buffer: inout WireBuffer) {
        for (position, piece) in pieces.enumerated() {
            if position > 0 { buffer.bytes.append(UInt8(ascii: "\t")) }
            switch piece {
            case .constant(let bytes): buffer.bytes.append(contentsOf: bytes)
            case .field(let index): append(record[index], to: &buffer)
            }
        }
        if numbersRows {
            buffer.bytes.append(UInt8(ascii: "\t"))
            buffer.append(String(record.line))
        }
        buffer.bytes.append(UInt8(ascii: "\n"))
    }

    @inline(__always)
    private func append(_ field: CSVField, to buffer: inout WireBuffer) {
        if isNull(field) {
            buffer.bytes.append(contentsOf: CopyTextEncoder.null)
        } else {
            CopyTextEncoder.append(field.bytes, to: &buffer)
        }
    }

    @inline(__always)
    private func isNull(_ field: CSVField) -> Bool {
        guard field.bytes.count == nullToken.count, !(isNullOnlyBare && field.isQuoted) else { return false }
        return field.bytes.isEmpty || field.bytes.elementsEqual(nullToken)
    }
}
