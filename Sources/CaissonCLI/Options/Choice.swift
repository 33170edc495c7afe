import ArgumentParser

/// What can be chosen by a word on the command line.
extension CaseIterable where Self: RawRepresentable, RawValue == String {
    /// All words, as help and errors list them.
    static var words: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// Reads the word that was given for an option, in any case.
    ///
    /// - Throws: `ValidationError` with the words that there are.
    static func chosen(_ word: String, for option: String) throws -> Self {
        guard let value = Self(rawValue: word.lowercased()) else {
            throw ValidationError("\(option) \(word): write one of \(words).")
        }
        return value
    }
}
