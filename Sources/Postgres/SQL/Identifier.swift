/// The name of a database object, possibly qualified: `city`, `public.city`.
///
/// An identifier is always rendered in quotes, so that a name which is a keyword, holds capitals or holds a quote
/// means exactly the object it spells. Use ``init(_:)`` for names that come from the catalog and
/// ``init(parsing:)`` for names that a person has written.
public struct Identifier: Hashable, Sendable, CustomStringConvertible {
    /// The parts of the name from left to right, without quotes: schema before table.
    public let parts: [String]

    /// Makes an identifier of exact names; nothing is folded to lower case.
    public init(_ parts: String...) {
        self.init(parts: parts)
    }

    /// Makes an identifier of exact names; nothing is folded to lower case.
    public init(parts: [String]) {
        precondition(!parts.isEmpty, "an identifier needs a name")
        self.parts = parts
    }

    /// Reads a name as SQL reads it: `Foo` becomes `foo`, `"Foo"` stays, dots separate the parts.
    ///
    /// - Throws: ``IdentifierError`` when the text is no name.
    public init(parsing text: String) throws(IdentifierError) {
        var parser = IdentifierParser(text)
        parts = try parser.parts()
    }

    /// The last part: the object's own name.
    public var name: String { parts[parts.count - 1] }

    /// The part before the last, which is the schema of a qualified table name.
    public var schema: String? { parts.count > 1 ? parts[parts.count - 2] : nil }

    /// The text that stands for this name in SQL, for instance `"public"."city"`.
    public var quoted: String {
        parts.map { "\"" + $0.doublingOccurrences(of: "\"") + "\"" }.joined(separator: ".")
    }

    /// The name as people write it: quoted only where it has to be.
    public var description: String {
        parts.map { Identifier.isPlain($0) ? $0 : Identifier($0).quoted }.joined(separator: ".")
    }

    /// The same object looked up in another schema.
    public func inSchema(_ schema: String) -> Identifier {
        Identifier(schema, name)
    }

    private static func isPlain(_ part: String) -> Bool {
        guard let first = part.utf8.first, first == UInt8(ascii: "_") || isLowerLetter(first) else {
            return false
        }
        return part.utf8.allSatisfy { isLowerLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    private static func isLowerLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
