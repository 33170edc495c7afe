import ArgumentParser
import Bulk

/// How a CSV file is written.
struct ImportCSVFlags: ParsableArguments {
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

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What stands before a quote inside quotes, as \\ in files of MySQL. By default the quote is doubled.",
            valueName: "character"
        )
    )
    var escape: String?

    @Flag(
        name: .long,
        help: "The first line is data already; the columns are those of the table in their order."
    )
    var noHeader = false

    @Option(
        name: .long,
        help: ArgumentHelp("The lines before the header, or before the first row.", valueName: "count")
    )
    var skipLines = 0

    @Flag(name: .long, help: "Blanks around fields do not count; those inside quotes do.")
    var trim = false

    @Flag(name: .long, help: "Columns of numbers have a decimal comma, and points between thousands.")
    var decimalComma = false

    func validate() throws {
        guard skipLines >= 0 else { throw ValidationError("--skip-lines is 0 or more.") }
    }

    /// Takes the values over.
    ///
    /// - Throws: `ValidationError` for characters that cannot be told apart, and for options of CSV with another format.
    func apply(to load: inout FileImport) throws {
        if load.format == .ndjson, let name = given.first {
            throw ValidationError(
                "\(name) is about CSV; the file is NDJSON. Leave it out, or add --format csv."
            )
        }
        if let delimiter { load.csv.delimiter = try character(delimiter, of: "--delimiter") }
        if let quote { load.csv.quote = quote == "none" ? nil : try character(quote, of: "--quote") }
        if let escape {
            let escape = try character(escape, of: "--escape")
            // A quote that escapes itself is a doubled one.
            load.csv.escape = escape == load.csv.quote ? nil : escape
        }
        load.csv.header = noHeader ? .absent : .present
        load.csv.linesBefore = skipLines
        load.csv.blanks = trim ? .trimmed : .kept
        load.csv.decimalMark = decimalComma ? .comma : .point
        do {
            try load.csv.validate()
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// The options that were given.
    private var given: [String] {
        [
            ("--delimiter", delimiter != nil), ("--quote", quote != nil), ("--escape", escape != nil),
            ("--no-header", noHeader), ("--skip-lines", skipLines > 0), ("--trim", trim),
            ("--decimal-comma", decimalComma),
        ].filter(\.1).map(\.0)
    }

    private func character(_ text: String, of option: String) throws -> UInt8 {
        do {
            return try CSVFormat.character(parsing: text)
        } catch {
            throw ValidationError("\(option) \(text): \(error)")
        }
    }
}
