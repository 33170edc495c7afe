/// Why a text is not the name of a database object.
public struct IdentifierError: Error, Hashable, CustomStringConvertible {
    /// The text that was read.
    public let text: String
    /// What is wrong with it, in words.
    public let reason: String

    /// One line for people.
    public var description: String {
        "\"\(text)\" is not a name: \(reason). Write it as in SQL: name, schema.name or \"Quoted Name\"."
    }
}
