import ArgumentParser
import Bulk

/// Which column of a file goes where.
struct ImportColumnFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A column of the file that has another name in the table.",
            valueName: "file-column=column"
        )
    )
    var map: [Assignment] = []

    @Flag(
        inversion: .prefixedNo,
        help: "A name stands for a column in other capital letters, where there is only one such."
    )
    var ignoreCase = true

    @Option(
        name: .long,
        help: ArgumentHelp("A column of the file that is not wanted.", valueName: "file-column")
    )
    var ignore: [String] = []

    @Option(name: .long, help: ArgumentHelp("A value that every row gets.", valueName: "column=value"))
    var set: [Assignment] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The names of the file's columns where it has no header; the keys of an NDJSON file.",
            valueName: "column,…"
        )
    )
    var columns: ColumnList?

    func validate() throws {
        if set.contains(where: \.name.isEmpty) {
            throw ValidationError("--set names a column of the table: --set COLUMN=VALUE")
        }
        for names in [map.map(\.name), set.map(\.name)] {
            for (index, name) in names.enumerated() where names[..<index].contains(name) {
                throw ValidationError("\(name) is given twice; give it once.")
            }
        }
    }

    /// Takes the values over.
    ///
    /// - Throws: `ValidationError` for names that would be without effect.
    func apply(to load: inout FileImport) throws {
        if columns != nil, hasHeader(load) {
            throw ValidationError(
                "--columns names the columns of a file without a header line; add --no-header, or rename with --map."
            )
        }
        load.mapping = Dictionary(map.map { ($0.name, $0.value) }) { first, _ in first }
        load.constants = Dictionary(set.map { ($0.name, $0.value) }) { first, _ in first }
        load.ignored = Set(ignore)
        load.columns = columns?.names
        load.names = ignoreCase ? .ignoringCase : .exact
    }

    private func hasHeader(_ load: FileImport) -> Bool {
        switch load.format {
        case .csv: load.csv.header == .present
        case .text: load.text.header == .present
        case .ndjson: false
        }
    }
}

/// `name=value` on the command line; a column of a file may have no name.
struct Assignment: ExpressibleByArgument {
    let name: String
    let value: String

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "=") else { return nil }
        name = String(argument[..<sign])
        value = String(argument[argument.index(after: sign)...])
    }
}

/// `a,b` on the command line.
struct ColumnList: ExpressibleByArgument {
    let names: [String]

    init?(argument: String) {
        names = argument.split(separator: ",", omittingEmptySubsequences: false).map {
            String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        if names.contains("") { return nil }
    }
}
