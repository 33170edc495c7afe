import Migrations

/// What taking over another tool's ledger came to, or would come to.
struct AdoptionReport: Report {
    let adoption: Adoption
    let isPreview: Bool
    /// The layout that has to be named from now on, if any.
    let layout: MigrationLayout?

    var json: JSON {
        .object([
            "event": isPreview ? "adopt.dry_run" : "adopt.finished", "tool": adoption.tool.rawValue,
            "table": adoption.table, "adopted": adoption.adopted.count, "pending": adoption.pending.count,
            "layout": layout?.rawValue, "resolved": adoption.resolutions.map(\.description),
            "without_file": adoption.withoutFile,
        ])
    }

    func text(_ style: Style) -> String? {
        var lines = [headline(style)]
        if let first = adoption.adopted.first, let last = adoption.adopted.last {
            lines.append("  from \(first.label) to \(last.label)")
        }
        if adoption.tool.knowsOnlyTheLast {
            lines.append(
                "\(adoption.tool) records only its last version: everything up to it was taken for applied."
            )
        }
        if !adoption.withoutFile.isEmpty {
            let names = adoption.withoutFile.prefix(5).joined(separator: ", ")
            let more = adoption.withoutFile.count > 5 ? ", …" : ""
            lines.append(
                "Applied by programs that are compiled elsewhere, and left to stand without a file: \(names)\(more)"
            )
        }
        if !adoption.pending.isEmpty {
            let names = adoption.pending.prefix(5).map(\.label).joined(separator: ", ")
            let more = adoption.pending.count > 5 ? ", …" : ""
            lines.append("\(Numbers.count(adoption.pending.count, "migration")) pending: \(names)\(more)")
        }
        if let layout {
            lines.append(
                "The files do not say themselves what they are: name it with --layout \(layout), or CAISSON_LAYOUT=\(layout) in .env"
            )
        }
        return (lines + [next]).joined(separator: "\n")
    }

    private func headline(_ style: Style) -> String {
        let count = Numbers.count(adoption.adopted.count, "migration")
        return isPreview
            ? "\(count) of \(adoption.table) would be taken over. Nothing was changed."
            : "\(style.good("adopted"))  \(count) of \(adoption.table), which was left as it is"
    }

    private var resolutions: String { adoption.resolutions.map { " --resolve \($0)" }.joined() }

    private var next: String {
        isPreview
            ? "Take it over with: caisson migrate adopt --from \(adoption.tool)\(resolutions)"
            : "See how it stands: caisson migrate status    Take it back: caisson migrate adopt --undo"
    }
}

/// An adoption that was taken back.
struct AdoptionUndoneReport: Report {
    let count: Int

    var json: JSON {
        .object(["event": "adopt.undone", "migrations": count])
    }

    func text(_ style: Style) -> String? {
        "\(style.good("undone"))  \(Numbers.count(count, "migration")) forgotten; the other tool's table is as it was"
    }
}

/// How the files of a folder were read, when they are another tool's.
struct LayoutReport: Report {
    let directory: MigrationDirectory

    var json: JSON {
        .object(["event": "migration.layout", "layout": directory.layout.rawValue, "folder": directory.path])
    }

    func text(_ style: Style) -> String? {
        style.faint("layout  \(directory.layout)  (\(directory.layout.summary))")
    }

    /// Shows it, unless the files are this tool's own.
    static func show(_ directory: MigrationDirectory, on console: Console) {
        if directory.layout != .native { console.report(LayoutReport(directory: directory)) }
    }
}
