import Postgres

/// What the context of a server error says about a COPY: `COPY city, line 17, column population: "abc"`.
struct CopyContext: Hashable {
    let row: Int
    let column: String?

    /// Reads the context of an error. The words are in the server's language; the name of the table and the
    /// number behind it are not.
    init?(_ error: ServerError, table: String) {
        guard let context = error.context else { return nil }
        for line in context.split(separator: "\n") {
            guard line.contains("COPY"), let name = line.firstRange(of: table) else { continue }
            let rest = line[name.upperBound...]
            let digits = rest.drop { !$0.isASCII || !$0.isNumber }.prefix { $0.isASCII && $0.isNumber }
            guard let row = Int(digits) else { continue }
            self.row = row
            column = error.column ?? Self.column(in: rest[digits.endIndex...])
            return
        }
        return nil
    }

    /// The second name, where it is said in English.
    private static func column(in rest: Substring) -> String? {
        guard rest.hasPrefix(", column ") else { return nil }
        return String(rest.dropFirst(", column ".count).prefix { $0 != ":" })
    }
}
