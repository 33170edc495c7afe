import Bulk
import Postgres

/// A table that was made for a file, would be made, or was there.
struct TableCreationReport: Report {
    let creation: TableCreation
    /// Whether nothing was to be written.
    var isDryRun = false

    var json: JSON {
        switch creation {
        case .found(let name):
            .object(["event": "import.table", "state": "found", "table": name.description])
        case .made(let table):
            .object([
                "event": "import.table", "state": isDryRun ? "dry_run" : "made",
                "table": table.name.description,
                "statement": table.statement.text, "columns": table.columns.map(Self.column),
                "sampled_rows": table.sampledRows, "whole_file": table.isWholeFile,
            ])
        }
    }

    private static func column(_ column: GuessedTable.Column) -> JSON {
        .object([
            "column": column.name, "type": column.type.rawValue, "text_since_line": column.turn?.line,
            "type_before": column.turn?.before.rawValue,
        ])
    }

    func text(_ style: Style) -> String? {
        switch creation {
        case .found(let name): "the table \(name) is there already, and is taken as it is"
        case .made(let table):
            ([headline(table), table.statement.text] + table.columns.compactMap(Self.turn))
                .joined(separator: "\n")
        }
    }

    private func headline(_ table: GuessedTable) -> String {
        let rows = Numbers.count(table.sampledRows, "row")
        let sample = table.isWholeFile ? "all \(rows)" : "the first \(rows)"
        return isDryRun
            ? "the table \(table.name) would be made, by \(sample):"
            : "the table \(table.name) was made, by \(sample):"
    }

    private static func turn(_ column: GuessedTable.Column) -> String? {
        column.turn.map {
            "\(column.name) is text because of line \(Numbers.grouped($0.line)); all before looked like \($0.before.rawValue)"
        }
    }
}
