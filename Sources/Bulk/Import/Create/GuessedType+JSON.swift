// Objects and arrays, which a column of type json keeps letter by letter.

extension GuessedType {
    static func json(_ text: UnsafeRawBufferPointer) -> GuessedType? {
        guard let first = text.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
            return nil
        }
        let line = Array("{\"v\":".utf8) + text + [UInt8(ascii: "}")]
        return line.withUnsafeBytes { isOneValue($0, count: text.count) } && areEscapesGood(text)
            ? .json : nil
    }

    private static func isOneValue(_ line: UnsafeRawBufferPointer, count: Int) -> Bool {
        var members: [JSONMember] = []
        guard (try? JSONScanner.scan(line, into: &members)) != nil, members.count == 1 else { return false }
        // Blanks behind the value are none of it, and stay in the column all the same.
        return members[0].kind == .nested && members[0].value.count <= count
    }

    /// Whether the server can tell what all escapes mean. The scanner leaves that to whoever reads a string; backslashes
    /// stand nowhere else. Halves of surrogate pairs are left to text.
    private static func areEscapesGood(_ text: UnsafeRawBufferPointer) -> Bool {
        var rest = text[...]
        while let place = rest.firstIndex(of: UInt8(ascii: "\\")) {
            guard place + 1 < text.count else { return false }
            rest = text[(place + 2)...]
            if text[place + 1] == UInt8(ascii: "u") {
                let digits = rest.prefix(4)
                guard digits.count == 4, digits.allSatisfy(isHexDigit), !isHalfOrNothing(digits) else {
                    return false
                }
                rest = rest.dropFirst(4)
            } else if !"\"\\/bfnrt".utf8.contains(text[place + 1]) {
                return false
            }
        }
        return true
    }

    private static func isHalfOrNothing(_ digits: Slice<UnsafeRawBufferPointer>) -> Bool {
        let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
        return unit == 0 || (0xD800...0xDFFF).contains(unit)
    }
}
