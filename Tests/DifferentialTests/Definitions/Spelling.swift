/// Ways to write a statement that change nothing of what it says.
enum Spelling: String {
    case plain, semicolon, comments, upperCase = "upper case", wide

    static func choose(_ dice: Dice) -> Spelling {
        dice.pick([(50, .plain), (15, .semicolon), (15, .comments), (10, .upperCase), (10, .wide)])
    }

    func apply(to statement: String) -> String {
        switch self {
        case .plain: statement
        case .semicolon: statement + " ;\n"
        case .comments:
            statement.replacingWords { $0 == "FROM" || $0 == "SET" ? "\($0) /* chunk; ' \" $1 */ " : $0 }
                + " -- the end; of (it"
        case .upperCase: statement.replacingWords { $0 == "chunk" ? "CHUNK" : $0 == "AS" ? "as" : $0 }
        case .wide:
            "\n\n" + statement.replacingWords { $0 == "WHERE" ? "\n\n\twhere\t" : $0 } + "\n\n;\n-- done"
        }
    }
}

extension String {
    /// The text with the first of some words replaced.
    func replacingFirst(_ part: String, with other: String) -> String {
        guard let range = ranges(of: part).first else { return self }
        return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }

    /// The text with its bare words replaced, those in quotes and comments left as they are.
    fileprivate func replacingWords(_ replacement: (String) -> String) -> String {
        var result = ""
        var quote: Character?
        var word = ""
        func flush() {
            result += replacement(word)
            word = ""
        }
        for character in self {
            if let open = quote {
                result.append(character)
                if character == open { quote = nil }
            } else if character.isLetter || character == "_" || character == "$" || character.isNumber {
                word.append(character)
            } else {
                flush()
                if character == "'" || character == "\"" { quote = character }
                result.append(character)
            }
        }
        flush()
        return result
    }
}
