/// Checks bytes against the definition of UTF-8 (Unicode, table 3-7), which is also what the server accepts.
enum UTF8Check {
    /// The position of the first byte that cannot be part of UTF-8; `nil` when all is well.
    static func firstInvalidByte(_ bytes: UnsafeRawPointer, count: Int) -> Int? {
        var position = 0
        while position < count {
            position = skipASCII(bytes, from: position, count: count)
            if position == count { return nil }
            guard let length = sequenceLength(bytes + position, available: count - position) else {
                return position
            }
            position += length
        }
        return nil
    }

    /// Eight bytes at a time, which is most of the work in most files.
    @inline(__always)
    private static func skipASCII(_ bytes: UnsafeRawPointer, from start: Int, count: Int) -> Int {
        var position = start
        while position &+ 8 <= count,
            bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
            position &+= 8
        }
        while position < count, bytes.load(fromByteOffset: position, as: UInt8.self) < 0x80 { position &+= 1 }
        return position
    }

    /// The length of the sequence of two to four bytes at the front, `nil` when it is none.
    @inline(__always)
    private static func sequenceLength(_ bytes: UnsafeRawPointer, available: Int) -> Int? {
        func byte(_ offset: Int) -> UInt8 { bytes.load(fromByteOffset: offset, as: UInt8.self) }
        func continues(_ offset: Int) -> Bool { byte(offset) & 0xC0 == 0x80 }
        let first = byte(0)
        switch first {
        case 0xC2...0xDF:
            return available >= 2 && continues(1) ? 2 : nil
        case 0xE0...0xEF:
            guard available >= 3, secondBytes(of: first).contains(byte(1)), continues(2) else { return nil }
            return 3
        case 0xF0...0xF4:
            guard available >= 4, secondBytes(of: first).contains(byte(1)) else { return nil }
            return continues(2) && continues(3) ? 4 : nil
        default:
            return nil
        }
    }

    /// Rules out overlong forms, surrogates and what is beyond U+10FFFF.
    @inline(__always)
    private static func secondBytes(of first: UInt8) -> ClosedRange<UInt8> {
        switch first {
        case 0xE0: 0xA0...0xBF
        case 0xED: 0x80...0x9F
        case 0xF0: 0x90...0xBF
        case 0xF4: 0x80...0x8F
        default: 0x80...0xBF
        }
    }
}
