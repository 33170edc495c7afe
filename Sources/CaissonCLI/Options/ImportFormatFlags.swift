import ArgumentParser
import Bulk

/// How the file of an import is written.
struct ImportFormatFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "What the file holds. By default its name tells: .ndjson and .jsonl, also with .gz; csv otherwise.",
            valueName: "csv|ndjson"
        )
    )
    var format: FormatChoice?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What stands for NULL. By default an empty field without quotes.",
            valueName: "token"
        )
    )
    var null: String?

    @Flag(name: .long, help: "Every empty field is NULL, in quotes or not.")
    var emptyAsNull = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What stands between fields; tab is a tab. By default a comma.",
            valueName: "character"
        )
    )
    var delimiter: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What stands around fields; none where nothing does. By default a double quote.",
            valueName: "character"
        )
    )
    var quote: String?

    @Flag(
        name: .long,
        help: "The first line is data already; the columns are those of the table in their order."
    )
    var noHeader = false

    /// The words behind `--format`.
    enum FormatChoice: String, ExpressibleByArgument, CaseIterable {
        case csv, ndjson
    }

    func validate() throws {
        guard null == nil || !emptyAsNull else {
            throw ValidationError("--null and --empty-as-null are two rules for the same; give one of them.")
        }
    }

    /// Takes the values over.
    ///
    /// - Throws: `ValidationError` for a delimiter or quote that cannot be one, and for options of CSV with another
    ///   format.
    func apply(to load: inout FileImport) throws {
        switch format {
        case nil: break
        case .csv: load.format = .csv
        case .ndjson: load.format = .ndjson
        }
        if load.format == .ndjson, delimiter != nil || quote != nil || noHeader {
            throw ValidationError("--delimiter, --quote and --no-header are about CSV; the file is NDJSON.")
        }
        if let delimiter { load.csv.delimiter = try character(delimiter, of: "--delimiter") }
        if let quote { load.csv.quote = quote == "none" ? nil : try character(quote, of: "--quote") }
        do {
            try load.csv.validate()
        } catch {
            throw ValidationError("\(error)")
        }
        load.csv.header = noHeader ? .absent : .present
        if let null { load.null = null.isEmpty ? .emptyField : .token(null) }
        if emptyAsNull { load.null = .emptyField }
    }

    private func character(_ text: String, of option: String) throws -> UInt8 {
        do {
            return try CSVFormat.character(parsing: text)
        } catch {
            throw ValidationError("\(option) \(text): \(error)")
        }
    }
}
