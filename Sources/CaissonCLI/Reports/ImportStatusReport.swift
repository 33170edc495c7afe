import Imports

/// One import of those that a database knows.
struct ImportStatusReport: Report {
    let standing: ImportStanding

    /// The finished imports that are shown when nobody asks for all.
    private static let mostFinished = 20

    /// The unfinished ones and the latest of the others.
    static func shown(of found: [ImportStanding], all: Bool) -> [ImportStanding] {
        guard !all else { return found }
        var finished = 0
        return found.filter { standing in
            if standing.state == .running { return true }
            finished += 1
            return finished <= mostFinished
        }
    }

    private static func state(_ standing: ImportStanding) -> String {
        switch standing.state {
        case .running: "not finished, line \(Numbers.grouped(standing.line))"
        case .completed: "imported"
        case .abandoned: "abandoned"
        }
    }

    var json: JSON {
        .object([
            "event": "import.status", "run": standing.id, "file": standing.file, "table": standing.target,
            "state": standing.state.rawValue, "rows_read": standing.rowsRead,
            "rows_stored": standing.rowsStored,
            "rows_left_out": standing.rowsUnsettled, "line": standing.line, "created_at": standing.createdAt,
            "updated_at": standing.updatedAt, "by": standing.by,
        ])
    }

    func text(_ style: Style) -> String? { Self.table([standing], style) }

    /// Many of them.
    static func table(_ standings: [ImportStanding], _ style: Style) -> String {
        var table = TextTable(
            ("FILE", .left),
            ("TABLE", .left),
            ("STATE", .left),
            ("ROWS", .right),
            ("STORED", .right),
            ("LEFT OUT", .right),
            ("AT", .left)
        )
        for standing in standings {
            table.add(
                standing.file,
                standing.target,
                state(standing),
                Numbers.grouped(standing.rowsRead),
                Numbers.grouped(standing.rowsStored),
                Numbers.grouped(standing.rowsUnsettled),
                standing.updatedAt
            )
        }
        return table.text(style)
    }
}

/// How many imports a database knows, for the overview.
struct ImportCountsReport: Report {
    let standings: [ImportStanding]

    private var unfinished: [ImportStanding] { standings.filter { $0.state == .running } }
    private var leftOut: Int { standings.map(\.rowsUnsettled).reduce(0, +) }

    var json: JSON {
        .object([
            "event": "import.counts", "imported": standings.count - unfinished.count,
            "unfinished": unfinished.count, "rows_left_out": leftOut,
        ])
    }

    func text(_ style: Style) -> String? {
        guard !standings.isEmpty else { return "imports     none" }
        var words = ["\(Numbers.count(standings.count - unfinished.count, "file")) imported"]
        if !unfinished.isEmpty { words.append("\(unfinished.count) not finished") }
        if leftOut > 0 { words.append("\(Numbers.count(leftOut, "row")) left out") }
        let details = unfinished.isEmpty && leftOut == 0 ? "" : ". See them with: caisson import status"
        return "imports     " + words.joined(separator: ", ") + details
    }
}
