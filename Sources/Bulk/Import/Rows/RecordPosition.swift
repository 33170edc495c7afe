/// A place between two records of a file.
package struct RecordPosition: Hashable, Sendable {
    /// The bytes before it, unpacked ones in a packed file.
    package var offset = 0
    /// The line of the file that begins there, from 1.
    package var line = 1
    /// The records before it, a header among them.
    package var records = 0

    /// The beginning of a file.
    package init() {}

    /// A place that was noted before.
    package init(offset: Int, line: Int, records: Int) {
        (self.offset, self.line, self.records) = (offset, line, records)
    }
}

extension CSVRecord {
    /// The place where it begins.
    @inline(__always)
    var start: RecordPosition { RecordPosition(offset: byteOffset, line: line, records: number - 1) }
}
