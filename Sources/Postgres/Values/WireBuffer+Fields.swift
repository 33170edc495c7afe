/// Fields of binary COPY: a length in 32 bits, and the value.
extension WireBuffer {
    /// Writes a value behind its length; NULL is the length -1.
    @inlinable @inline(__always)
    public mutating func appendLengthPrefixed<Value: PostgresEncodable>(_ value: Value) {
        guard !value.isNull else { return append(Int32(-1)) }
        let start = end
        append(Int32(0))
        value.encode(into: &self)
        overwrite(at: start, with: Int32(truncatingIfNeeded: end &- start &- 4))
    }

    /// Writes an integer as a field.
    @inlinable @inline(__always)
    mutating func appendField<Integer: FixedWidthInteger>(_ integer: Integer) {
        let size = MemoryLayout<Integer>.size
        append(exactly: 4 &+ size) { room in
            room.storeBytes(of: Int32(truncatingIfNeeded: size).bigEndian, as: Int32.self)
            room.storeBytes(of: integer.bigEndian, toByteOffset: 4, as: Integer.self)
        }
    }

    /// Writes a text as a field.
    @inlinable @inline(__always)
    mutating func appendField(_ text: String) {
        let stored: Void? = text.utf8.withContiguousStorageIfAvailable { bytes in
            append(exactly: 4 &+ bytes.count) { Self.store(bytes, at: $0) }
        }
        if stored == nil { appendLengthPrefixed(text) }
    }

    /// Writes values of one size as fields.
    @inlinable @inline(__always)
    mutating func appendFields<Value: PostgresFixedWidth>(
        _ values: UnsafeBufferPointer<Value>,
        limit: Int
    ) -> Int {
        typealias Integer = Value.WireInteger
        let size = MemoryLayout<Integer>.size
        let count = min(values.count, max(1, (limit &- self.count) / (4 &+ size)))
        append(exactly: count &* (4 &+ size)) { room in
            var room = room
            for position in 0..<count {
                room.storeBytes(of: Int32(truncatingIfNeeded: size).bigEndian, as: Int32.self)
                room.storeBytes(of: values[position].wireInteger.bigEndian, toByteOffset: 4, as: Integer.self)
                room += 4 &+ size
            }
        }
        return count
    }

    /// Writes texts as fields. Their sizes are added up first, so that room is made once for all of them.
    @inlinable
    mutating func appendFields(_ texts: UnsafeBufferPointer<String>, limit: Int) -> Int {
        var (count, size) = (0, 0)
        while count < texts.count, count == 0 || self.count &+ size < limit {
            size &+= 4 &+ texts[count].utf8.count
            count &+= 1
        }
        append(exactly: size) { room in
            let last = room + size
            var room = room
            for position in 0..<count {
                // `withUTF8` would want a copy of the text, whose counting of references took longer than its bytes.
                let next = texts[position].utf8.withContiguousStorageIfAvailable { bytes in
                    precondition(bytes.count &+ 4 <= last - room, "a text has another size than before")
                    return Self.store(bytes, at: room)
                }
                room = next ?? Self.store(bytesOf: texts[position], at: room, until: last)
            }
        }
        return count
    }

    /// Writes a text whose bytes are not side by side, as one that was bridged.
    @usableFromInline
    static func store(
        bytesOf text: String,
        at room: UnsafeMutableRawPointer,
        until last: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        let bytes = ContiguousArray(text.utf8)
        precondition(bytes.count &+ 4 <= last - room, "a text has another size than before")
        return bytes.withUnsafeBufferPointer { store($0, at: room) }
    }

    /// Writes a field where there is room for it.
    ///
    /// - Returns: where the next one goes.
    @inlinable @inline(__always) @discardableResult
    static func store(
        _ bytes: UnsafeBufferPointer<UInt8>,
        at room: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        room.storeBytes(of: Int32(truncatingIfNeeded: bytes.count).bigEndian, as: Int32.self)
        if let source = bytes.baseAddress { (room + 4).copyMemory(from: source, byteCount: bytes.count) }
        return room + 4 + bytes.count
    }

    /// Lends room for so many bytes, all of which are to be written.
    @inlinable @inline(__always)
    mutating func append(exactly length: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        let start = extend(by: length)
        room.withUnsafeMutableBytes { if let base = $0.baseAddress { body(base + start) } }
    }

    /// Lends room for at most so many bytes; `body` says how many it has written.
    package mutating func append(atMost length: Int, _ body: (UnsafeMutableRawPointer) -> Int) {
        let start = extend(by: length)
        let written = room.withUnsafeMutableBytes { room in room.baseAddress.map { body($0 + start) } ?? 0 }
        precondition((0...length).contains(written), "more was written than there was room for")
        end = start &+ written
    }
}
