import Migrations

/// A dump that was written.
struct DumpReport: Report {
    let dump: SchemaDump
    let isChanged: Bool

    var json: JSON {
        .object([
            "event": "dump.finished", "path": dump.source.path, "statements": dump.statements.count,
            "migrations": dump.ledger.count, "changed": isChanged,
            "secrets_left_out": dump.leftOut,
        ])
    }

    func text(_ style: Style) -> String? {
        let size =
            "\(Numbers.count(dump.statements.count, "statement")), \(Numbers.count(dump.ledger.count, "migration"))"
        let line =
            isChanged
            ? "\(style.good("dumped"))  \(dump.source.path)  \(size)"
            : "\(style.faint("unchanged"))  \(dump.source.path)  \(size)"
        return ([line] + Self.warning(of: dump.leftOut).map(style.warning)).joined(separator: "\n")
    }

    /// What to say about options that a dump does not hold; nothing where it holds all.
    static func warning(of leftOut: [String]) -> [String] {
        guard !leftOut.isEmpty else { return [] }
        let more = leftOut.count > 10 ? ["  and \(leftOut.count - 10) more"] : []
        return ["Options of foreign servers that may be secret are not in the dump:"]
            + leftOut.prefix(10).map { "  \($0)" } + more
            + [
                "Set them where it is loaded: ALTER USER MAPPING … OPTIONS (ADD …), ALTER SERVER … OPTIONS (ADD …)."
            ]
    }
}
