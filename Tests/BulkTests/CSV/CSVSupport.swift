import Bulk

/// One field as a test writes it: `nil` is an empty field without quotes.
typealias Fields = [String?]

/// Reads a whole text in blocks of a size; an empty bare field comes out as `nil`.
func readCSV(_ bytes: [UInt8], block: Int = .max, format: CSVFormat = CSVFormat()) throws -> [Fields] {
    var rows: [Fields] = []
    try forEachRecord(bytes, block: block, format: format) { record in
        rows.append(
            (0..<record.count).map {
                record[$0].bytes.isEmpty && !record[$0].isQuoted ? nil : record.string($0)
            }
        )
    }
    return rows
}

func forEachRecord(
    _ bytes: [UInt8],
    block: Int = .max,
    format: CSVFormat = CSVFormat(),
    _ body: (borrowing CSVRecord) throws -> Void
) throws {
    var reader = try CSVReader(format)
    var start = 0
    while start < bytes.count {
        let end = block < bytes.count - start ? start + block : bytes.count
        try reader.feed(Array(bytes[start..<end]), body)
        start = end
    }
    try reader.finish(body)
}
