import Migrations

/// A dump that was loaded.
struct LoadReport: Report {
    let loaded: LoadedSchema

    var json: JSON {
        .object([
            "event": "load.finished", "path": loaded.path, "statements": loaded.statements,
            "migrations": loaded.applied.count, "pending": loaded.pending.count,
            "rows_left_out": loaded.rowsLeftOut.map(\.identity.description),
            "secrets_left_out": loaded.secretsLeftOut,
        ])
    }

    func text(_ style: Style) -> String? {
        let size = Numbers.count(loaded.statements, "statement")
        var lines = [
            "\(style.good("loaded"))  \(loaded.path)  \(size), \(Numbers.count(loaded.applied.count, "migration"))"
        ]
        if !loaded.rowsLeftOut.isEmpty {
            let names = loaded.rowsLeftOut.prefix(5).map(\.label).joined(separator: ", ")
            let more = loaded.rowsLeftOut.count > 5 ? ", …" : ""
            lines.append(
                style.warning(
                    "A dump holds no rows; these migrations would have brought some: \(names)\(more)"
                )
            )
        }
        lines += DumpReport.warning(of: loaded.secretsLeftOut).map(style.warning)
        if !loaded.pending.isEmpty {
            lines.append(
                "\(Numbers.count(loaded.pending.count, "migration")) pending. Apply them with: caisson migrate up"
            )
        }
        return lines.joined(separator: "\n")
    }
}
