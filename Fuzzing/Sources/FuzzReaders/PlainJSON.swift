/// One line of NDJSON read as plainly as can be, by the grammar of RFC 8259: what the reader is compared with.
struct PlainJSON {
    /// The line is no JSON object, or one that no text of PostgreSQL can hold.
    struct Mistake: Error {}

    private let bytes: [UInt8]
    private var place = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The keys and values of the object in turn, strings as what they stand for; `nil` where it is none.
    static func members(of line: [UInt8]) -> [FuzzedField]? {
        guard String(validating: line, as: UTF8.self) != nil else { return nil }
        var parser = PlainJSON(line)
        return try? parser.wholeObject()
    }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func wholeObject() throws -> [FuzzedField] {
        space()
        let members = try object(depth: 0)
        space()
        guard next == nil else { throw Mistake() }
        return members
    }

    private mutating func object(depth: Int) throws -> [FuzzedField] {
        var members: [FuzzedField] = []
        try list("{", "}", depth) { parser in
            members.append(FuzzedField(bytes: try parser.string(allowsNUL: depth > 0), isQuoted: true))
            parser.space()
            try parser.take(":")
            parser.space()
            members.append(try parser.value(depth: depth + 1))
        }
        return members
    }

    /// What stands between two brackets, parted by commas.
    private mutating func list(
        _ open: Character,
        _ close: Character,
        _ depth: Int,
        _ element: (inout PlainJSON) throws -> Void
    ) throws {
        guard depth < 512 else { throw Mistake() }
        try take(open)
        space()
        if (try? take(close)) != nil { return }
        while true {
            try element(&self)
            space()
            if (try? take(close)) != nil { return }
            try take(",")
            space()
        }
    }

    private mutating func value(depth: Int) throws -> FuzzedField {
        let start = place
        switch next {
        case UInt8(ascii: "\""):
            return FuzzedField(bytes: try string(allowsNUL: depth > 1), isQuoted: true)
        case UInt8(ascii: "{"): _ = try object(depth: depth)
        case UInt8(ascii: "["): try list("[", "]", depth) { _ = try $0.value(depth: depth + 1) }
        default: try word()
        }
        return FuzzedField(bytes: Array(bytes[start..<place]))
    }

    /// A number, `true`, `false` or `null`: whatever stands there has to be one of them.
    private mutating func word() throws {
        let start = place
        while let byte = next, !Array(" \t\r,]}:\"[{".utf8).contains(byte) { place += 1 }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        if ["true", "false", "null"].contains(text) { return }
        // Of a text that is no number the grammar may still have a piece, and something is wrong behind it.
        guard text.wholeMatch(of: #/-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/#) != nil else {
            throw Mistake()
        }
    }

    private mutating func string(allowsNUL: Bool) throws -> [UInt8] {
        try take("\"")
        var text: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw Mistake() }
            place += 1
            if byte == UInt8(ascii: "\\") { text += try escape(allowsNUL) } else { text.append(byte) }
        }
        try take("\"")
        return text
    }

    private mutating func escape(_ allowsNUL: Bool) throws -> [UInt8] {
        guard let letter = next else { throw Mistake() }
        place += 1
        if letter == UInt8(ascii: "u") {
            let scalar = try scalar()
            guard scalar.value != 0 || allowsNUL else { throw Mistake() }
            return Array(String(scalar).utf8)
        }
        let (letters, meanings) = (Array("\"\\/bfnrt".utf8), Array("\"\\/\u{8}\u{C}\n\r\t".utf8))
        guard let index = letters.firstIndex(of: letter) else { throw Mistake() }
        return [meanings[index]]
    }

    private mutating func scalar() throws -> Unicode.Scalar {
        let unit = try unit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        try take("\\")
        try take("u")
        let text = String(decoding: [UInt16(unit), UInt16(try self.unit())], as: UTF16.self)
        guard text.unicodeScalars.count == 1, let scalar = text.unicodeScalars.first else { throw Mistake() }
        return scalar
    }

    private mutating func unit() throws -> UInt32 {
        let digits = bytes[place...].prefix(4)
        let isHexadecimal = digits.allSatisfy { Character(UnicodeScalar($0)).isHexDigit && $0 < 0x80 }
        guard digits.count == 4, isHexadecimal,
            let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw Mistake() }
        place += 4
        return unit
    }

    private mutating func take(_ character: Character) throws {
        guard next == character.asciiValue else { throw Mistake() }
        place += 1
    }

    private mutating func space() {
        while next == 0x20 || next == 0x09 || next == 0x0D { place += 1 }
    }
}
