import CLibPQ

/// The text that says where the database is, read into libpq's settings: the one place where such a text is taken apart.
///
/// libpq decides what it means. What libpq would refuse, or would read in another way than its author can have meant, is
/// refused here in words of our own: libpq quotes what it does not understand, and that is often half of a password.
struct ConnectionString {
    private let text: String
    private static let schemes = ["postgresql://", "postgres://"]

    init(_ text: String) {
        self.text = text
    }

    /// What the text says, by libpq's keywords.
    func settings() throws(ConnectionStringProblem) -> [String: String] {
        if let scheme = Self.schemes.first(where: text.hasPrefix) {
            try check(url: text.dropFirst(scheme.count))
        } else {
            try checkWords()
        }
        let settings = try parsed()
        try check(settings)
        return settings
    }

    /// Every keyword that this libpq knows.
    static let keywords = known.map(\.keyword)

    /// Every keyword of this libpq, and the variable that stands for it in the environment.
    static let known: [(keyword: String, variable: String?)] = {
        let options = PQconninfoParse("", nil)
        defer { PQconninfoFree(options) }
        var known: [(keyword: String, variable: String?)] = []
        var option = options
        while let current = option, let keyword = current.pointee.keyword {
            known.append((String(cString: keyword), current.pointee.envvar.map { String(cString: $0) }))
            option = current + 1
        }
        return known
    }()

    private func parsed() throws(ConnectionStringProblem) -> [String: String] {
        guard let options = PQconninfoParse(text, nil) else { throw .unreadable }
        defer { PQconninfoFree(options) }
        var settings: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { settings[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return settings
    }

    // MARK: URLs

    /// libpq takes what stands before the first `@` for the user, if no `/` comes before it, and all else for the host. A
    /// password with one of the two characters is cut there, and its pieces become host, port and database.
    private func check(url rest: Substring) throws(ConnectionStringProblem) {
        let firstBreak = rest.firstIndex { $0 == "@" || $0 == "/" } ?? rest.endIndex
        let hasUser = firstBreak < rest.endIndex && rest[firstBreak] == "@"
        let address = hasUser ? rest[rest.index(after: firstBreak)...] : rest
        let query = address.firstIndex(of: "?") ?? address.endIndex
        if let at = address[..<query].lastIndex(of: "@"), rest[..<at].contains(":") { throw .notEncoded }
        guard Self.percentSignsAreGood(rest) else { throw .percentSign }
        guard query < address.endIndex else { return }
        let parameters = address[address.index(after: query)...].split(separator: "&")
        for (number, parameter) in parameters.enumerated() {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw .parameterWithoutValue(number + 1) }
            // libpq takes this one for the sake of JDBC.
            if parts[0] == "ssl", parts[1] == "true" { continue }
            try check(name: String(parts[0]), number: number + 1)
        }
    }

    private static func percentSignsAreGood(_ text: Substring) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst()
            .allSatisfy { part in
                let digits = part.prefix(2)
                return digits.count == 2 && digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
            }
    }

    // MARK: Words

    private func checkWords() throws(ConnectionStringProblem) {
        let words = try ConnectionWords(text).words
        guard text.contains("=") || words.isEmpty else { throw .neither }
        for (number, word) in words.enumerated() {
            if word.name.contains(where: { ":/@".contains($0) }) { throw .neither }
            if word.joinsWords { throw .joinedWords }
            try check(name: word.name, number: number + 1)
        }
    }

    private func check(name: String, number: Int) throws(ConnectionStringProblem) {
        // The old word for sslmode, which libpq still takes.
        guard !Self.keywords.contains(name), name != "requiressl" else { return }
        if let parameter = ForeignParameter(name) { throw .foreign(parameter) }
        throw .unknownParameter(number, meant: NearestNames.of(name, in: Self.keywords).first)
    }

    // MARK: What was read

    private func check(_ settings: [String: String]) throws(ConnectionStringProblem) {
        let hosts = (settings["host"] ?? "").split(separator: ",")
        // An abstract socket begins with an @, the path of a socket may hold one.
        if hosts.contains(where: { !$0.hasPrefix("/") && $0.dropFirst().contains("@") }) { throw .notEncoded }
        let ports = (settings["port"] ?? "").split(separator: ",")
        guard ports.allSatisfy({ UInt16($0).map { $0 > 0 } ?? false }) else { throw .port }
        if settings["dbname"]?.contains("://") == true { throw .nestedURL }
        if let mode = settings["sslmode"], !TLSMode.names.contains(mode) {
            throw .sslmode(meant: TLSMode.meant(by: mode))
        }
    }
}

/// The values of `sslmode`.
private enum TLSMode {
    static let names = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

    /// The value that stands for a word of other tools.
    static func meant(by word: String) -> String? {
        let word = word.lowercased().filter { $0.isLetter || $0.isNumber }
        switch word {
        case "true", "1", "on", "yes", "required", "requires", "noverify", "skipverify": return "require"
        case "false", "0", "off", "no", "none", "disabled": return "disable"
        case "preferred", "prefered", "opportunistic": return "prefer"
        case "verifyidentity", "strict", "full": return "verify-full"
        case "ca": return "verify-ca"
        default: return names.first { $0.filter(\.isLetter) == word }
        }
    }
}
