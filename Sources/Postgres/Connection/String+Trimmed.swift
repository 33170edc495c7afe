extension String {
    /// The text without white space at its ends.
    package var trimmed: String {
        var slice = Substring(self)
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice.drop { $0.isWhitespace })
    }
}
