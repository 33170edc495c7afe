extension String {
    /// The text with every character that a terminal obeys, or that turns the direction of writing, as its number: `\x1B`, `\u202E`.
    ///
    /// For text of others (names of files, values that the server quotes) wherever a person reads it. Line ends and tabs stay.
    package var visible: String {
        // Most texts are plain, and are looked at only once.
        guard utf8.contains(where: { $0 < 0x20 && $0 != 0x0A && $0 != 0x09 || $0 >= 0x7F }) else {
            return self
        }
        var visible = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in unicodeScalars {
            if previous == "\r" {
                visible.append(contentsOf: scalar == "\n" ? "".unicodeScalars : "\\x0D".unicodeScalars)
            }
            previous = scalar
            if scalar == "\r" { continue }
            if scalar.isObeyed {
                visible.append(contentsOf: scalar.number.unicodeScalars)
            } else {
                visible.append(scalar)
            }
        }
        if previous == "\r" { visible.append(contentsOf: "\\x0D".unicodeScalars) }
        return String(visible)
    }

    /// The same on one line, for a log or a cell of a table.
    package var visibleLine: String {
        guard utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return self }
        return visible.split(omittingEmptySubsequences: false) { $0.isNewline }.joined(separator: "\\n")
            .split(separator: "\t", omittingEmptySubsequences: false).joined(separator: "\\t")
    }
}

extension Unicode.Scalar {
    /// Whether a terminal or a reader of lines obeys it in place of showing it.
    package var isObeyed: Bool {
        switch value {
        case 0x0A, 0x09: false
        case 0x00...0x1F, 0x7F...0x9F: true
        // Marks, embeddings, overrides and isolates of bidirectional text; ends of lines and paragraphs.
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0x2028, 0x2029: true
        // Nothing is shown for these: a byte order mark, interlinear annotations, tags.
        case 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F: true
        default: false
        }
    }

    fileprivate var number: String {
        let digits = String(value, radix: 16, uppercase: true)
        let width = value < 0x100 ? 2 : value < 0x10000 ? 4 : 8
        let letter = value < 0x100 ? "x" : value < 0x10000 ? "u" : "U"
        return "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
    }
}
