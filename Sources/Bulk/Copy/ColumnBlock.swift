package import Postgres

/// Some rows on their way from columns to rows of binary COPY.
///
/// Each column is first encoded by itself, by code that is compiled for its type and asked for once a block. The
/// fields are then laid one behind the other row by row, which takes nothing but their lengths. Code that goes
/// through the columns for each row would meet the types of a pack of columns at run time, value by value.
package struct ColumnBlock {
    /// Rows that are sent together, at most.
    package static let largestCount = 1024

    /// The size at which a column ends the block, so that all of them together are as much as is sent at once.
    private let limit: Int
    private var columns: [WireBuffer] = []
    private var used = 0
    private var start = 0
    /// The rows of the block; fewer with each column that has reached its limit before.
    package private(set) var rowCount = 0

    package init(columnCount: Int) {
        limit = max(1024, CopyWriter.flushSize / max(columnCount, 1))
        columns = (0..<columnCount).map { _ in WireBuffer(capacity: limit + 256) }
    }

    /// Begins a block with the first of the rows that are left.
    package mutating func begin(rows: Range<Int>) {
        (start, used) = (rows.lowerBound, 0)
        rowCount = min(rows.count, Self.largestCount)
    }

    /// Encodes the values of one more column.
    package mutating func append<Column: RandomAccessCollection>(_ column: Column)
    where Column.Element: PostgresEncodable {
        columns[used].truncate(to: 0)
        let rows = start..<start + rowCount
        rowCount = column.withContiguousElements(rows) { values in
            Column.Element.encodeFields(values, into: &columns[used], limit: limit)
        }
        used += 1
    }

    /// Writes the rows.
    package func write(to buffer: inout WireBuffer) {
        lend(columns[..<used]) { columns in
            let size = columns.reduce(2 * rowCount) { $0 + $1.count }
            buffer.append(atMost: size) { Self.write(rowCount, of: columns, to: $0) }
        }
    }

    /// Lends the bytes of all columns at once.
    private func lend(
        _ columns: ArraySlice<WireBuffer>,
        _ lent: [UnsafeRawBufferPointer] = [],
        _ body: ([UnsafeRawBufferPointer]) -> Void
    ) {
        guard let first = columns.first else { return body(lent) }
        first.withUnsafeBytes { lend(columns.dropFirst(), lent + [$0], body) }
    }

    /// - Returns: the number of bytes written.
    private static func write(
        _ rowCount: Int,
        of columns: [UnsafeRawBufferPointer],
        to room: UnsafeMutableRawPointer
    ) -> Int {
        let fieldCount = Int16(truncatingIfNeeded: columns.count).bigEndian
        var fields = columns.map(FieldReader.init)
        return fields.withUnsafeMutableBufferPointer { fields in
            var target = room
            for _ in 0..<rowCount {
                target.storeBytes(of: fieldCount, as: Int16.self)
                target += 2
                for position in fields.indices { target += fields[position].move(to: target) }
            }
            return target - room
        }
    }
}

/// Reads fields of binary COPY, one behind the other.
private struct FieldReader {
    private var next: UnsafeRawPointer?
    private var left: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        (next, left) = (bytes.baseAddress, bytes.count)
    }

    /// Copies the next field, length and all.
    ///
    /// - Returns: its size. A type of somebody else that has written less than it said must not have us read on.
    @inline(__always)
    mutating func move(to room: UnsafeMutableRawPointer) -> Int {
        guard let field = next, left >= 4 else {
            preconditionFailure("a column has fewer fields than it said")
        }
        let size = 4 &+ Int(max(Int32(bigEndian: field.loadUnaligned(as: Int32.self)), 0))
        precondition(size <= left, "a field is shorter than it says")
        room.copyMemory(from: field, byteCount: size)
        next = field + size
        left &-= size
        return size
    }
}

extension RandomAccessCollection {
    /// Lends elements side by side: where they are, or copied for collections that compute them.
    fileprivate func withContiguousElements<Value>(
        _ positions: Range<Int>,
        _ body: (UnsafeBufferPointer<Element>) -> Value
    ) -> Value {
        let value = withContiguousStorageIfAvailable { body(UnsafeBufferPointer(rebasing: $0[positions])) }
        if let value { return value }
        let first = index(startIndex, offsetBy: positions.lowerBound)
        let elements = ContiguousArray(self[first..<index(first, offsetBy: positions.count)])
        return elements.withUnsafeBufferPointer(body)
    }
}
