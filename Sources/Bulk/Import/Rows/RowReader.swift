/// Makes rows of COPY's text format of the bytes of a file.
protocol RowReader: AnyObject {
    /// The place behind the last record that was read.
    var position: RecordPosition { get }
    /// The empty lines that were skipped.
    var blankLines: Int { get }
    /// Whether nothing of a record that is left out is still to come.
    var isBetweenRecords: Bool { get }

    /// Encodes the records that a block completes; without a block those that the end of the file completes.
    ///
    /// - Parameter onRow: called behind each row, with the place where it begins. It must not ask the reader for its
    ///   position.
    /// - Throws: ``CSVError``, ``JSONLinesError``, or what `onRow` throws.
    func read(
        _ block: UnsafeRawBufferPointer?,
        into rows: inout RowBuffer,
        _ onRow: (inout RowBuffer, RecordPosition) throws -> Void
    ) throws

    /// Leaves out the record that an error was about, which ``position`` still stands before; reading goes on behind
    /// it with the next block, which may be empty.
    func skipRecord()
}

/// Rows in the text format of COPY.
struct RowBuffer: ~Copyable {
    /// The encoded rows.
    var encoder: CopyTextEncoder
    /// Whether a last column keeps the row's place in the file.
    let numbersRows: Bool

    init(numbersRows: Bool, capacity: Int = 128 * 1024) {
        encoder = CopyTextEncoder(capacity: capacity)
        self.numbersRows = numbersRows
    }

    /// Ends a row whose fields were added.
    mutating func endRow(line: Int) {
        if numbersRows {
            encoder.append(String(line))
            encoder.endField()
        }
        encoder.endRow()
    }
}

/// What a column of COPY gets.
enum RowPiece {
    /// A field of the file, by its position.
    case field(Int)
    /// The same for every row, encoded.
    case constant([UInt8])

    init(_ value: ImportPlan.Value) {
        switch value {
        case .field(let position, _): self = .field(position)
        case .constant(let text):
            var encoder = CopyTextEncoder(capacity: 2 * text.utf8.count + 1)
            encoder.append(text)
            self = .constant(Array(encoder.bytes))
        }
    }
}
