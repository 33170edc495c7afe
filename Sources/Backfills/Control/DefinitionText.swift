import SQLSyntax

/// The text by which a definition is stored and compared.
enum DefinitionText {
    /// Whether two definitions do the same: they differ in comments, white space, the case of keywords and a semicolon at
    /// the end, if at all. Names in the lines above the SQL stand as they are, so their case counts.
    ///
    /// - Parameter code: the end of the text that is not SQL, in definitions whose work is done in Swift.
    static func isSame(_ stored: String, _ current: String, code: String? = nil) -> Bool {
        guard stored != current else { return true }
        if let code, !stored.hasSuffix("\n" + code) { return false }
        let (old, new) = (parts(stored, code), parts(current, code))
        guard old.names == new.names, let before = tokens(old.sql), let after = tokens(new.sql) else {
            return false
        }
        return before == after
    }

    private static func parts(_ text: String, _ code: String?) -> (names: [Substring], sql: String) {
        let lines = text.dropLast(code?.count ?? 0).split(separator: "\n", omittingEmptySubsequences: false)
        let names = lines.prefix { line in
            ["table: ", "key: ", "nulls: "].contains { line.hasPrefix($0) }
        }
        return (Array(names), lines.dropFirst(names.count).joined(separator: "\n"))
    }

    /// `nil` for a text that cannot be read; it is compared as it is.
    private static func tokens(_ sql: String) -> [UInt8]? {
        try? NormalizedText.of(Array(sql.utf8))
    }
}

extension Backfill {
    /// Whether a stored definition is this one.
    func isDefined(by stored: String) -> Bool {
        let code: String? =
            switch work {
            case .sql: nil
            case .rows(let rows): rows.definitionText
            }
        return DefinitionText.isSame(stored, definitionText, code: code)
    }
}
