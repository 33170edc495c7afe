/// Reads the parts of a dotted name with SQL's rules for case and quotes.
///
/// It goes by code points, as the server does: a quote with a combining mark behind it is one `Character`, but still
/// a quote.
struct IdentifierParser {
    private let text: String
    private var rest: Substring.UnicodeScalarView

    init(_ text: String) {
        self.text = text
        rest = text[...].unicodeScalars
    }

    mutating func parts() throws(IdentifierError) -> [String] {
        var parts = [try part()]
        while rest.first == "." {
            rest.removeFirst()
            parts.append(try part())
        }
        if let next = rest.first { throw failure("unexpected \"\(next)\"") }
        return parts
    }

    private mutating func part() throws(IdentifierError) -> String {
        let part = rest.first == "\"" ? try quotedPart() : try barePart()
        if part.isEmpty {
            throw failure(rest.first.map { "unexpected \"\($0)\"" } ?? "a part of it is empty")
        }
        if part.utf8.contains(0) { throw failure("it holds a NUL character") }
        return part
    }

    private mutating func barePart() throws(IdentifierError) -> String {
        let part = rest.prefix(while: Self.isWordScalar)
        rest = rest[part.endIndex...]
        if let first = part.first, first == "$" || first.properties.generalCategory == .decimalNumber {
            throw failure("it begins with \"\(first)\"")
        }
        // The server folds ASCII letters only, whatever the locale, when the encoding has more than one byte.
        var folded = String.UnicodeScalarView()
        folded.append(contentsOf: part.map(Self.foldingASCII))
        return String(folded)
    }

    private mutating func quotedPart() throws(IdentifierError) -> String {
        var part = String.UnicodeScalarView()
        rest.removeFirst()
        while let scalar = rest.popFirst() {
            guard scalar == "\"" else {
                part.append(scalar)
                continue
            }
            guard rest.first == "\"" else { return String(part) }
            part.append(rest.removeFirst())
        }
        throw failure("a quote is not closed")
    }

    private func failure(_ reason: String) -> IdentifierError {
        IdentifierError(text: text, reason: reason)
    }

    /// The server takes every character outside ASCII for a letter.
    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "$": true
        default: !scalar.isASCII
        }
    }

    private static func foldingASCII(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar.isASCII
            ? Unicode.Scalar(UInt8(scalar.value) | (scalar.properties.isUppercase ? 0x20 : 0)) : scalar
    }
}
