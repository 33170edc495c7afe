/// Takes passwords out of texts that quote a connection string.
package enum SecretMask {
    /// Replaces in `message` every password that `source` holds, and every `password=…` and `//user:…@` form.
    package static func mask(_ message: String, of source: String = "") -> String {
        (secrets(in: message) + secrets(in: source)).reduce(message) { text, secret in
            text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "****")
        }
    }

    /// The passwords that a URL or a keyword string seems to hold, also when it is malformed; long ones first, so
    /// that one which is part of another does not leave the rest of it behind.
    private static func secrets(in text: String) -> [String] {
        (passwordsOfURLs(in: text) + passwordsOfKeywords(in: text))
            .filter { !$0.isEmpty && $0 != "****" }
            .sorted { $0.count > $1.count }
    }

    private static func passwordsOfURLs(in text: String) -> [String] {
        text.split(separator: "//").dropFirst().compactMap { authority in
            guard let at = authority.lastIndex(of: "@"), let colon = authority.firstIndex(of: ":"), colon < at
            else { return nil }
            return String(authority[authority.index(after: colon)..<at])
        }
    }

    private static func passwordsOfKeywords(in text: String) -> [String] {
        let lowercase = text.lowercased()
        // Lower case has other lengths in some scripts; then only the exact spelling is looked for.
        let searched = lowercase.count == text.count ? lowercase : text
        return searched.ranges(of: "password").compactMap { word in
            let end = searched.distance(from: searched.startIndex, to: word.upperBound)
            let assignment = text.dropFirst(end).drop { $0 == " " }
            // "password authentication failed" is no password.
            guard assignment.first == "=" else { return nil }
            return value(assignment.dropFirst().drop { $0 == " " })
        }
    }

    private static func value(_ text: Substring) -> String {
        guard text.first == "'" else {
            return String(text.prefix { $0 != " " && $0 != "&" && $0 != "\n" && $0 != "\"" })
        }
        var isEscaped = false
        let quoted = text.dropFirst().prefix { character in
            defer { isEscaped = character == "\\" && !isEscaped }
            return character != "'" || isEscaped
        }
        return String(quoted)
    }
}
