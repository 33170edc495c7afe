/// Finds the fields that are NULL.
struct NullTokens: Hashable {
    /// What an empty field is.
    private enum Empty {
        case text
        case null
        /// NULL without quotes, an empty text in quotes.
        case nullWhereBare
    }

    private let empty: Empty
    /// The same of a string of JSON, which always is in quotes.
    private let emptyString: Empty
    private let tokens: [[UInt8]]

    init(_ rule: NullRule) {
        switch rule {
        case .emptyBareField: (empty, emptyString, tokens) = (.nullWhereBare, .text, [])
        case .emptyField: (empty, emptyString, tokens) = (.null, .null, [])
        case .token(""): (empty, emptyString, tokens) = (.nullWhereBare, .null, [])
        case .token(let token): (empty, emptyString, tokens) = (.text, .text, [Array(token.utf8)])
        case .anyOf(let texts):
            empty = texts.contains("") ? .null : .text
            emptyString = empty
            tokens = texts.filter { !$0.isEmpty }.map { Array($0.utf8) }
        }
    }

    /// The same for the text format of COPY, which has no quotes: `\N` where nothing else is said.
    init(ofText rule: NullRule) {
        self.init(rule == .emptyBareField ? .token("\\N") : rule)
    }

    /// Whether a field of CSV is NULL; one of COPY's text format as it stands in the file.
    @inline(__always)
    func hold(_ field: CSVField) -> Bool {
        if field.bytes.isEmpty { return empty == .null || (empty == .nullWhereBare && !field.isQuoted) }
        return !tokens.isEmpty && !field.isQuoted && isToken(field.bytes)
    }

    /// Whether a string of JSON is NULL.
    func holdString(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.isEmpty ? emptyString == .null : isToken(bytes)
    }

    private func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        tokens.contains { $0.count == bytes.count && bytes.elementsEqual($0) }
    }
}
