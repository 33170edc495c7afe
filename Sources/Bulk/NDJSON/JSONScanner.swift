/// Finds the members of the object in one line. Pure: knows nothing of blocks, files and line numbers.
///
/// The grammar is that of RFC 8259, nested values included. Values are found, not made: a number keeps every digit
/// that it was written with.
struct JSONScanner {
    /// The deepest nesting that is followed; the server's own limit is its stack.
    static let maximumDepth = 512

    /// A rule that is broken at a position.
    struct Failure: Error {
        let problem: JSONLinesError.Problem
        let position: Int

        init(_ problem: JSONLinesError.Problem, at position: Int) {
            (self.problem, self.position) = (problem, position)
        }
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    private init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Scans a line without its line end.
    static func scan(_ bytes: UnsafeRawBufferPointer, into members: inout [JSONMember]) throws(Failure) {
        members.removeAll(keepingCapacity: true)
        var scanner = JSONScanner(bytes)
        try scanner.object(&members)
    }

    private mutating func object(_ members: inout [JSONMember]) throws(Failure) {
        skipSpace()
        guard next == UInt8(ascii: "{") else { throw Failure(.notAnObject, at: position) }
        position += 1
        skipSpace()
        if next == UInt8(ascii: "}") { return try end() }
        while true {
            members.append(try member())
            skipSpace()
            let separator = next
            guard separator == UInt8(ascii: ",") || separator == UInt8(ascii: "}") else {
                throw expected("a comma or }")
            }
            if separator == UInt8(ascii: "}") { return try end() }
            position += 1
            skipSpace()
        }
    }

    private mutating func end() throws(Failure) {
        if next == UInt8(ascii: "}") { position += 1 }
        skipSpace()
        if position < bytes.count { throw expected("the end of the line") }
    }

    private mutating func member() throws(Failure) -> JSONMember {
        let key = try string()
        try colon()
        let start = position
        var hasEscapes = false
        let kind = try value(depth: 1, &hasEscapes)
        return JSONMember(
            key: .init(start: key.start + 1, count: key.count - 2),
            keyHasEscapes: key.hasEscapes,
            value: .init(start: start, count: position - start),
            kind: kind,
            hasEscapes: hasEscapes
        )
    }

    private mutating func colon() throws(Failure) {
        skipSpace()
        guard next == UInt8(ascii: ":") else { throw expected("a colon") }
        position += 1
        skipSpace()
    }

    private mutating func value(depth: Int, _ hasEscapes: inout Bool) throws(Failure) -> JSONMember.Kind {
        switch next {
        case UInt8(ascii: "\""):
            hasEscapes = try string().hasEscapes
            return .string
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            try nested(depth: depth)
            return .nested
        case UInt8(ascii: "t"): return try word("true", .bool)
        case UInt8(ascii: "f"): return try word("false", .bool)
        case UInt8(ascii: "n"): return try word("null", .null)
        default:
            try number()
            return .number
        }
    }

    private mutating func nested(depth: Int) throws(Failure) {
        guard depth < Self.maximumDepth else { throw Failure(.tooDeep, at: position) }
        let isObject = next == UInt8(ascii: "{")
        let close = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        position += 1
        skipSpace()
        if next == close {
            position += 1
            return
        }
        while true {
            if isObject {
                _ = try string()
                try colon()
            }
            var hasEscapes = false
            _ = try value(depth: depth + 1, &hasEscapes)
            skipSpace()
            let separator = next
            guard separator == UInt8(ascii: ",") || separator == close else {
                throw expected(isObject ? "a comma or }" : "a comma or ]")
            }
            position += 1
            if separator == close { return }
            skipSpace()
        }
    }
}

extension JSONScanner {
    /// A string with its quotes.
    private mutating func string() throws(Failure) -> (start: Int, count: Int, hasEscapes: Bool) {
        let start = position
        guard next == UInt8(ascii: "\"") else { throw expected("a string in double quotes") }
        position += 1
        var hasEscapes = false
        while true {
            guard position < bytes.count else { throw Failure(.unfinished, at: start) }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") { break }
            if byte < 0x20 {
                throw Failure(.expected("an escape in place of a control character"), at: position)
            }
            guard byte == UInt8(ascii: "\\") else {
                position += 1
                continue
            }
            hasEscapes = true
            position += try escapeLength()
        }
        position += 1
        return (start, position - start, hasEscapes)
    }

    /// Here and not where texts are made of strings: of a nested value none is made.
    private func escapeLength() throws(Failure) -> Int {
        // A line that ends with the backslash is one that ends too early.
        guard position + 1 < bytes.count else { return 1 }
        guard let escape = JSONEscape(at: position, in: bytes) else {
            throw Failure(.badEscape, at: position)
        }
        return escape.length
    }

    private mutating func word(
        _ word: StaticString,
        _ kind: JSONMember.Kind
    ) throws(Failure) -> JSONMember.Kind {
        let found =
            bytes.count - position >= word.utf8CodeUnitCount
            && (0..<word.utf8CodeUnitCount).allSatisfy { bytes[position + $0] == word.utf8Start[$0] }
        guard found else { throw expected("a value") }
        position += word.utf8CodeUnitCount
        return kind
    }

    private mutating func number() throws(Failure) {
        if next == UInt8(ascii: "-") { position += 1 }
        let isZero = next == UInt8(ascii: "0")
        try digits()
        // 007 is no number.
        if isZero, position >= 2, isDigit(position - 2) { throw expected("a number without leading zeros") }
        if next == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(Failure) {
        let start = position
        while position < bytes.count, isDigit(position) { position += 1 }
        if position == start { throw expected("a value") }
    }

    private func isDigit(_ position: Int) -> Bool {
        bytes[position] >= UInt8(ascii: "0") && bytes[position] <= UInt8(ascii: "9")
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0D { position += 1 }
    }

    private func expected(_ what: String) -> Failure {
        position < bytes.count ? Failure(.expected(what), at: position) : Failure(.unfinished, at: position)
    }
}
