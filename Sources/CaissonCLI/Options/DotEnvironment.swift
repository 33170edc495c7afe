import Foundation
import Postgres

/// The `.env` file of the working directory, as far as it says which database to use and how files are written.
///
/// Whoever can write into a folder can write this file, and the tool may be run in a folder that somebody else wrote. So only the
/// variables of a short list are read from it. None of them makes libpq or us run a program or load a library of that folder's
/// choice (`PGSSLKEY` can name an engine of OpenSSL, `PGSERVICEFILE` a file that does, `CAISSON_PG_BIN` programs).
struct DotEnvironment: Hashable {
    /// The variables in the order of the file.
    let variables: [Variable]

    /// A name and its value.
    struct Variable: Hashable {
        let name: String
        let value: String
    }

    /// What is read for the connection, beside `DATABASE_URL`: the order of the documentation.
    static let connectionVariables = [
        "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSERVICE", "PGSSLMODE",
        "PGSSLROOTCERT", "PGAPPNAME", "PGCONNECT_TIMEOUT",
    ]

    /// The file of the folder in which the tool runs; no variables where there is none.
    static let ofWorkingDirectory = DotEnvironment(path: ".env")

    private init(path: String) {
        self.init(data: FileManager.default.contents(atPath: path) ?? Data())
    }

    /// Reads a file's bytes. Editors and shells of Windows put a byte order mark in front, or write UTF-16.
    init(data: Data) {
        let isUTF16 = data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF])
        let text = isUTF16 ? String(data: data, encoding: .utf16) : nil
        self.init(text: text ?? String(decoding: data, as: UTF8.self))
    }

    /// Reads lines of the form `NAME=value`; `export` in front, quotes around the value and comments are understood.
    init(text: String) {
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        variables = text.split(whereSeparator: \.isNewline).compactMap(Self.variable)
    }

    /// Values by name; of two the last, as in a shell.
    var values: [String: String] {
        Dictionary(variables.map { ($0.name, $0.value) }) { _, last in last }
    }

    /// The names of variables that elsewhere speak to libpq or to us and are not read here.
    var namesPassedOver: [String] {
        let read = Set(Self.connectionVariables)
        let known =
            ConnectionOptions.keywordsByVariable.keys + ["PGSERVICEFILE", "PGSYSCONFDIR", "CAISSON_PG_BIN"]
        return Set(known).intersection(values.keys).subtracting(read).sorted()
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
