extension String {
    /// The text with a line for each of its sentences. Lines that are set in hold code or lists and stay as they are, and so does
    /// what stands in quotes or parentheses.
    var sentencePerLine: String {
        split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.first == " " || $0.first == "\t" ? String($0) : Self.cut($0) }
            .joined(separator: "\n")
    }

    private static func cut(_ line: Substring) -> String {
        var (cut, rest): (String, Substring) = ("", line)
        while let end = endOfSentence(rest) {
            cut += rest[...end] + "\n"
            rest = rest[end...].dropFirst().drop { $0 == " " }
        }
        return cut + rest
    }

    /// The full stop, question mark or exclamation mark that ends the first of several sentences.
    private static func endOfSentence(_ text: Substring) -> Substring.Index? {
        var (depth, isQuoted, wordLength) = (0, false, 0)
        for index in text.indices {
            let character = text[index]
            switch character {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "\"", "`": isQuoted.toggle()
            case ".", "?", "!":
                let behind = text[text.index(after: index)...]
                // A letter and a full stop is an abbreviation.
                let isEnd = depth <= 0 && !isQuoted && wordLength > 1 && behind.first == " "
                if isEnd, behind.drop(while: { $0 == " " }).first?.isUppercase == true { return index }
            default: break
            }
            wordLength = character == " " ? 0 : wordLength + 1
        }
        return nil
    }
}
