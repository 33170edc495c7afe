import Postgres

/// The rows between two checkpoints, kept until they are stored: what the server refuses is found among them.
struct ImportChunk: ~Copyable {
    /// A record of the file.
    struct Entry {
        /// Where it begins.
        let start: RecordPosition
        /// Where its encoded row ends; at its beginning for a record that could not be read.
        let encodedEnd: Int
    }

    /// How much of the chunk was read when its transaction failed.
    enum Reading {
        /// Nothing: it can be read again.
        case untouched
        /// A part, because something in the file cannot be read.
        case partly
        /// All of it: it can be stored again.
        case whole
    }

    /// Why a record is left out.
    struct Failure {
        let reason: String
        /// The server's code, where the server refuses the row.
        var sqlState: String?
    }

    /// The bytes of the file that it is to take, at least.
    let size: Int
    var rows: RowBuffer
    var reading = Reading.untouched
    private(set) var entries: [Entry] = []
    /// Why records are left out, by their position among the entries.
    private(set) var failures: [Int: Failure] = [:]
    /// The place behind the last record.
    var end = RecordPosition()
    /// Whether the file ends there.
    var isLast = false

    /// - Parameter size: the bytes of the file that it takes.
    init(numbersRows: Bool, size: Int = 0) {
        rows = RowBuffer(numbersRows: numbersRows, capacity: ChunkMemory.reserve(for: size))
        self.size = size
    }

    var all: Range<Int> { 0..<entries.count }

    mutating func removeAll() {
        rows.encoder.removeAll()
        entries.removeAll(keepingCapacity: true)
        failures = [:]
        reading = .untouched
    }

    /// Lends the list of records to the one who reads the next: a closure cannot change the rows and the list of one
    /// value at a time.
    mutating func takeEntries() -> [Entry] {
        let entries = entries
        self.entries = []
        return entries
    }

    mutating func giveBack(_ entries: inout [Entry]) {
        swap(&self.entries, &entries)
    }

    var failureCount: Int { failures.count }

    mutating func append(_ start: RecordPosition, failure reason: String) {
        failures[entries.count] = Failure(reason: reason)
        entries.append(Entry(start: start, encodedEnd: rows.encoder.count))
    }

    /// Marks a record as one to be left out because the server refuses its row.
    mutating func refuse(_ index: Int, _ failure: Failure) {
        failures[index] = failure
    }

    /// Records in a row of which none is left out, in their order.
    func goodParts(of range: Range<Int>) -> [Range<Int>] {
        var start = range.lowerBound
        var parts: [Range<Int>] = []
        for (index, _) in failures(in: range) {
            if start < index { parts.append(start..<index) }
            start = index + 1
        }
        if start < range.upperBound { parts.append(start..<range.upperBound) }
        return parts
    }

    /// The encoded rows of some records, of which none is left out.
    func encoded(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        let start = range.lowerBound == 0 ? 0 : entries[range.lowerBound - 1].encodedEnd
        let end = range.isEmpty ? start : entries[range.upperBound - 1].encodedEnd
        return UnsafeRawBufferPointer(rebasing: rows.encoder.bytes[start..<end])
    }

    /// The place behind some records.
    func end(of range: Range<Int>) -> RecordPosition {
        range.upperBound == entries.count ? end : entries[range.upperBound].start
    }

    /// The records among some that are left out.
    func failures(in range: Range<Int>) -> [(index: Int, failure: Failure)] {
        guard !failures.isEmpty else { return [] }
        let failures = failures
        return range.compactMap { index in failures[index].map { (index, $0) } }
    }

    /// The record behind the n-th row that was sent of some records, counted from 1.
    func index(ofRow row: Int, in range: Range<Int>) -> Int? {
        if failures.isEmpty { return row >= 1 && row <= range.count ? range.lowerBound + row - 1 : nil }
        let failures = failures
        return range.lazy.filter { failures[$0] == nil }.dropFirst(row - 1).first
    }
}
