/// `flyway.conf`: `key=value` lines, comments on lines of their own, `${NAME}` for variables of the environment.
enum FlywayProperties {
    static func values(_ text: String, _ variables: [String: String]) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop(while: \.isWhitespace)
            guard let first = line.first, !"#!".contains(first),
                let separator = line.firstIndex(where: { "=:".contains($0) })
            else { continue }
            let key = line[..<separator].split(whereSeparator: \.isWhitespace).joined()
            let value = String(line[line.index(after: separator)...].drop(while: \.isWhitespace))
            values[key] = expanded(value, variables, name: /\$\{([A-Za-z0-9_]+)\}/)
        }
        return values
    }

    /// Nil when a variable is not set: Flyway would take an empty text for it, and run what nobody has written.
    static func expanded(
        _ value: String,
        _ variables: [String: String],
        name: Regex<(Substring, Substring)>
    ) -> String? {
        let names = value.matches(of: name).map { String($0.output.1) }
        guard names.allSatisfy({ variables[$0] != nil }) else { return nil }
        return value.replacing(name) { variables[String($0.output.1)] ?? "" }
    }
}
