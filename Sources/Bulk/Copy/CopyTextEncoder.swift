/// Writes rows in the text format of COPY: fields separated by tabs, a line each, `\N` for NULL.
///
/// "Backslash characters may be used in the COPY data to quote data characters that might otherwise be taken
/// as row or column delimiters" (manual, COPY): the backslash itself, LF, CR and TAB. Every record is exactly
/// one line of this format, so line *n* in an error of the server's is record *n*.
///
/// The bytes go to memory of its own without a check for each of them, which an array would make: room for
/// the worst case is made once a field.
struct CopyTextEncoder: ~Copyable {
    private var memory: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 1 << 17) {
        self.capacity = capacity
        memory = .allocate(capacity: capacity)
    }

    deinit { memory.deallocate() }

    /// What was written since the last ``removeAll()``.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    mutating func removeAll() {
        count = 0
    }

    /// Takes back what was written behind a place.
    mutating func truncate(to count: Int) {
        self.count = count
    }

    /// Writes a field that is not NULL, in UTF-8 without NUL.
    mutating func append(_ field: UnsafeRawBufferPointer) {
        makeRoom(for: field.count * 2)
        var target = count
        for byte in field {
            let letter = Self.escapes[Int(byte)]
            if letter == 0 {
                memory[target] = byte
                target &+= 1
            } else {
                memory[target] = UInt8(ascii: "\\")
                memory[target &+ 1] = letter
                target &+= 2
            }
        }
        count = target
    }

    /// Writes a field that holds nothing which has to be escaped.
    mutating func append(plain field: UnsafeRawBufferPointer) {
        guard let source = field.baseAddress else { return }
        makeRoom(for: field.count)
        UnsafeMutableRawPointer(memory + count).copyMemory(from: source, byteCount: field.count)
        count &+= field.count
    }

    /// Writes a text as a field.
    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Writes bytes that are encoded already.
    mutating func append(encoded bytes: [UInt8]) {
        makeRoom(for: bytes.count)
        for byte in bytes { append(unchecked: byte) }
    }

    mutating func appendNull() {
        makeRoom(for: 2)
        append(unchecked: UInt8(ascii: "\\"))
        append(unchecked: UInt8(ascii: "N"))
    }

    mutating func endField() {
        makeRoom(for: 1)
        append(unchecked: UInt8(ascii: "\t"))
    }

    /// Ends a row; the tab behind its last field becomes the line end.
    mutating func endRow() {
        memory[count - 1] = UInt8(ascii: "\n")
    }

    @inline(__always)
    private mutating func append(unchecked byte: UInt8) {
        memory[count] = byte
        count &+= 1
    }

    @inline(__always)
    private mutating func makeRoom(for more: Int) {
        if count &+ more > capacity { grow(count + more) }
    }

    private mutating func grow(_ needed: Int) {
        let newCapacity = max(needed, capacity * 2)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
        larger.update(from: memory, count: count)
        memory.deallocate()
        (memory, capacity) = (larger, newCapacity)
    }

    /// The letter behind the backslash; 0 for bytes that stand for themselves.
    private static let escapes: [UInt8] = {
        var letters = [UInt8](repeating: 0, count: 256)
        letters[Int(UInt8(ascii: "\\"))] = UInt8(ascii: "\\")
        letters[Int(UInt8(ascii: "\n"))] = UInt8(ascii: "n")
        letters[Int(UInt8(ascii: "\r"))] = UInt8(ascii: "r")
        letters[Int(UInt8(ascii: "\t"))] = UInt8(ascii: "t")
        return letters
    }()
}
