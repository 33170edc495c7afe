import Postgres

/// A table for people: aligned columns, no lines.
struct TextTable {
    /// To which side a column's cells lean.
    enum Alignment { case left, right }

    private let header: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// Begins with the heads of the columns.
    init(_ columns: (String, Alignment)...) {
        header = columns.map { $0.0 }
        alignments = columns.map { $0.1 }
    }

    /// Adds a row with a cell for each column.
    mutating func add(_ cells: String...) {
        rows.append(cells.map(\.visibleLine))
    }

    /// The lines, with the heads in a fainter tone and every cell of a column in the colour that `paint` gives it.
    func text(
        _ style: Style,
        paint: (_ column: Int, _ cell: String, _ padded: String) -> String = { $2 }
    ) -> String {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        let lines = rows.map { row in
            line(row, widths) { column, padded in paint(column, row[column], padded) }
        }
        return ([line(header, widths) { style.faint($1) }] + lines).joined(separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int], _ paint: (Int, String) -> String) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            let space = String(repeating: " ", count: widths[column] - cell.count)
            let isLast = column == cells.count - 1
            let padded =
                switch alignments[column] {
                case .left: isLast ? cell : cell + space
                case .right: space + cell
                }
            line += paint(column, padded) + (isLast ? "" : "  ")
        }
        return line
    }
}
