import Foundation

/// The `.env` file of the working directory, as far as it says which database to use and how files are written.
struct DotEnvironment: Hashable {
    /// The variables in the order of the file.
    let variables: [Variable]

    /// A name and its value.
    struct Variable: Hashable {
        let name: String
        let value: String
    }

    /// Takes over `DATABASE_URL`, `CAISSON_LAYOUT` and `PG*` where the real environment has no such variable.
    ///
    /// They become variables of this process, because libpq reads its own from there. To be called before anything
    /// else runs.
    static func load(from path: String = ".env") {
        guard let data = FileManager.default.contents(atPath: path) else { return }
        for variable in DotEnvironment(text: String(decoding: data, as: UTF8.self)).variables
        where ["DATABASE_URL", "CAISSON_LAYOUT"].contains(variable.name) || variable.name.hasPrefix("PG") {
            setenv(variable.name, variable.value, 0)
        }
    }

    /// Reads lines of the form `NAME=value`; `export` in front, quotes around the value and comments are understood.
    init(text: String) {
        variables = text.split(whereSeparator: \.isNewline).compactMap(Self.variable)
    }

    private static func variable(_ line: Substring) -> Variable? {
        var line = line.drop(while: \.isWhitespace)
        if line.hasPrefix("export ") { line = line.dropFirst("export ".count).drop(while: \.isWhitespace) }
        guard !line.hasPrefix("#"), let sign = line.firstIndex(of: "=") else { return nil }
        let name = line[..<sign].trimmingCharacters(in: .whitespaces)
        guard !name.isEmpty else { return nil }
        return Variable(
            name: name,
            value: value(line[line.index(after: sign)...].drop(while: \.isWhitespace))
        )
    }

    private static func value(_ text: Substring) -> String {
        if let quote = text.first, quote == "\"" || quote == "'",
            let end = text.dropFirst().firstIndex(of: quote)
        {
            return String(text[text.index(after: text.startIndex)..<end])
        }
        let comment = text.range(of: " #")?.lowerBound ?? text.endIndex
        return text[..<comment].trimmingCharacters(in: .whitespaces)
    }
}
