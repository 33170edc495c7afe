extension String {
    /// Doubles a character, which is how SQL writes a quote inside quotes.
    ///
    /// It goes by bytes: a quote with a combining mark behind it is one `Character` that equals no quote, and the
    /// server would take it for the end of the text.
    package func doublingOccurrences(of quote: Unicode.Scalar) -> String {
        let byte = UInt8(ascii: quote)
        guard utf8.contains(byte) else { return self }
        return String(decoding: utf8.flatMap { $0 == byte ? [$0, $0] : [$0] }, as: UTF8.self)
    }
}
