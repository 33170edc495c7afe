import Postgres

extension Batch {
    /// Writes all rows in the binary format of COPY, whose fields are the elements of the columns as they are.
    ///
    /// - Parameter ordinal: the number of the first row, for a last field with the numbers of the rows; `nil` for
    ///   none.
    func copy(to writer: CopyWriter, ordinal: Int?) throws {
        try withColumns { columns in
            var offsets = columns.map { _ in ArrayColumn.headerSize }
            let fields = Int16(truncatingIfNeeded: columns.count + (ordinal == nil ? 0 : 1))
            for row in 0..<count {
                // One access to the buffer for the whole row, because each is checked for exclusivity when it runs.
                Self.append(row, of: columns, &offsets, fields: fields, ordinal, to: &writer.buffer)
                try writer.flushIfFull()
            }
        }
    }

    @inline(__always)
    private static func append(
        _ row: Int,
        of columns: [UnsafeRawBufferPointer],
        _ offsets: inout [Int],
        fields: Int16,
        _ ordinal: Int?,
        to buffer: inout WireBuffer
    ) {
        buffer.append(fields)
        for position in columns.indices {
            let field = ArrayColumn.field(in: columns[position], at: offsets[position])
            buffer.append(contentsOf: field)
            offsets[position] &+= field.count
        }
        guard let ordinal else { return }
        buffer.append(Int32(8))
        buffer.append(Int64(ordinal &+ row))
    }

    /// The values of all rows as one parameter each.
    func parameters() -> [[Parameter]] {
        withColumns { bytes in
            var offsets = bytes.map { _ in ArrayColumn.headerSize }
            return (0..<count).map { _ in
                columns.indices.map { position in
                    let field = ArrayColumn.field(in: bytes[position], at: offsets[position])
                    offsets[position] += field.count
                    return columns[position].parameter(field)
                }
            }
        }
    }

    /// Lends the bytes of all columns at once.
    private func withColumns<Value>(
        _ lent: [UnsafeRawBufferPointer] = [],
        _ body: ([UnsafeRawBufferPointer]) throws -> Value
    ) rethrows -> Value {
        guard lent.count < columns.count else { return try body(lent) }
        return try columns[lent.count].elements.withUnsafeBytes { bytes in
            try withColumns(lent + [bytes], body)
        }
    }
}

extension ArrayColumn {
    /// An element behind its length.
    @inline(__always)
    static func field(in column: UnsafeRawBufferPointer, at offset: Int) -> UnsafeRawBufferPointer {
        let length = Int32(bigEndian: column.loadUnaligned(fromByteOffset: offset, as: Int32.self))
        return UnsafeRawBufferPointer(rebasing: column[offset..<(offset &+ 4 &+ Int(max(length, 0)))])
    }

    static func isNull(_ field: UnsafeRawBufferPointer) -> Bool {
        Int32(bigEndian: field.loadUnaligned(as: Int32.self)) < 0
    }

    /// An element as a parameter of its own.
    func parameter(_ field: UnsafeRawBufferPointer) -> Parameter {
        Parameter(
            type: elementType,
            format: .binary,
            bytes: Self.isNull(field) ? nil : Array(field.dropFirst(4))
        )
    }
}
