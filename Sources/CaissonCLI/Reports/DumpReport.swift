import Migrations

/// A dump that was written.
struct DumpReport: Report {
    let dump: SchemaDump
    let isChanged: Bool

    var json: JSON {
        .object([
            "event": "dump.finished", "path": dump.source.path, "statements": dump.statements.count,
            "migrations": dump.ledger.count, "changed": isChanged,
        ])
    }

    func text(_ style: Style) -> String? {
        let size =
            "\(Numbers.count(dump.statements.count, "statement")), \(Numbers.count(dump.ledger.count, "migration"))"
        return isChanged
            ? "\(style.good("dumped"))  \(dump.source.path)  \(size)"
            : "\(style.faint("unchanged"))  \(dump.source.path)  \(size)"
    }
}
