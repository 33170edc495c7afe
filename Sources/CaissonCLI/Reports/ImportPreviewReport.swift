import Bulk

/// What an import would do.
struct ImportPreviewReport: Report {
    private static let shownCharacters = 40

    let preview: ImportPreview

    init(_ preview: ImportPreview) {
        self.preview = preview
    }

    private var plan: ImportPlan { preview.plan }

    var json: JSON {
        .object([
            "event": "import.dry_run", "table": plan.table, "columns": plan.columns.map(Self.column),
            "ignored": plan.ignored, "filled_by_server": plan.filledByServer,
            "rows": preview.rows.map { row in
                JSON.object(zip(preview.columns, row).map { JSON.Member(name: $0, value: $1.json) })
            },
        ])
    }

    private static func column(_ column: ImportPlan.Column) -> JSON {
        switch column.value {
        case .field(_, let name): .object(["column": column.name, "type": column.type, "from": name])
        case .constant(let value): .object(["column": column.name, "type": column.type, "value": value])
        }
    }

    func text(_ style: Style) -> String? {
        var table = TextTable(("COLUMN", .left), ("TYPE", .left), ("FROM", .left))
        for column in plan.columns {
            switch column.value {
            case .field(let position, let name):
                table.add(column.name, column.type, "field \(position + 1), \(name)")
            case .constant(let value): table.add(column.name, column.type, "always \(value)")
            }
        }
        var parts = [
            style.strong("Dry run of an import into \(plan.table): nothing was written."), table.text(style),
        ]
        if !plan.ignored.isEmpty { parts.append("Left out: \(plan.ignored.joined(separator: ", "))") }
        if !plan.filledByServer.isEmpty {
            parts.append("Filled by the server: \(plan.filledByServer.joined(separator: ", "))")
        }
        for (index, row) in preview.rows.enumerated() { parts.append(text(of: row, index)) }
        return parts.joined(separator: "\n")
    }

    private func text(of row: [String?], _ index: Int) -> String {
        let values = zip(preview.columns, row).map { name, value in
            let text = value ?? "NULL"
            return "\(name)="
                + (text.count > Self.shownCharacters ? text.prefix(Self.shownCharacters) + "…" : text)
        }
        return "row \(index + 1)  " + values.joined(separator: "  ")
    }

    /// Shows it.
    func show(on console: Console) {
        console.report(self)
    }
}
