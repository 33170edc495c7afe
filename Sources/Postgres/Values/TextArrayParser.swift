/// Reads the output of `array_out` for one dimension.
struct TextArrayParser {
    private let bytes: UnsafeRawBufferPointer
    private var position: Int

    /// Fails when the text is no array. Bounds that do not begin with 1 stand before it: `[0:1]={a,b}`.
    init?(_ bytes: UnsafeRawBufferPointer) {
        let hasBounds = bytes.first == UInt8(ascii: "[")
        let start = hasBounds ? bytes.firstIndex(of: UInt8(ascii: "=")).map { $0 + 1 } : 0
        guard let start, start + 1 < bytes.count, bytes[start] == UInt8(ascii: "{") else { return nil }
        self.bytes = bytes
        position = start + 1
    }

    /// Whether the first element is an array itself.
    var isNested: Bool { bytes[position] == UInt8(ascii: "{") }

    mutating func elements() -> [String?]? {
        var elements: [String?] = []
        if bytes[position] == UInt8(ascii: "}") { return elements }
        while position < bytes.count {
            elements.append(bytes[position] == UInt8(ascii: "\"") ? quoted() : bare())
            guard position < bytes.count else { return nil }
            if bytes[position] == UInt8(ascii: "}") { return elements }
            position += 1
        }
        return nil
    }

    private mutating func bare() -> String? {
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: ","),
            bytes[position] != UInt8(ascii: "}")
        {
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return text == "NULL" ? nil : text
    }

    private mutating func quoted() -> String {
        var text: [UInt8] = []
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\") { position += 1 }
            if position < bytes.count { text.append(bytes[position]) }
            position += 1
        }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }
}
