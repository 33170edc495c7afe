import ArgumentParser
import Bulk

/// How a file of fields between delimiters is written.
struct ImportCSVFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "What stands between fields; tab is a tab. By default a comma, in text a tab.",
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
        inversion: .prefixedNo,
        help: ArgumentHelp(
            "Whether the first line names the columns. By default it does in csv, and not in text; without one they are those of the table, in their order."
        )
    )
    var header: Bool?

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
    /// - Throws: `ValidationError` for characters that cannot be told apart, and for options that mean nothing for the format.
    func apply(to load: inout FileImport) throws {
        try refuseOthers(for: load.format)
        switch load.format {
        case .csv: try apply(to: &load.csv)
        case .text: try apply(to: &load.text)
        case .ndjson: break
        }
        do {
            try load.validateLayout()
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private func apply(to format: inout CSVFormat) throws {
        if let delimiter { format.delimiter = try character(delimiter, of: "--delimiter") }
        if let quote { format.quote = quote == "none" ? nil : try character(quote, of: "--quote") }
        if let escape {
            let escape = try character(escape, of: "--escape")
            // A quote that escapes itself is a doubled one.
            format.escape = escape == format.quote ? nil : escape
        }
        format.header = header ?? true ? .present : .absent
        format.linesBefore = skipLines
        format.blanks = trim ? .trimmed : .kept
        format.decimalMark = decimalComma ? .comma : .point
    }

    private func apply(to format: inout CopyTextFormat) throws {
        if let delimiter { format.delimiter = try character(delimiter, of: "--delimiter") }
        format.header = header ?? false ? .present : .absent
        format.linesBefore = skipLines
    }

    private func refuseOthers(for format: FileImport.Format) throws {
        let csvOnly = [
            ("--quote", quote != nil), ("--escape", escape != nil), ("--trim", trim),
            ("--decimal-comma", decimalComma),
        ]
        let ofFields = [
            ("--delimiter", delimiter != nil), (header == true ? "--header" : "--no-header", header != nil),
            ("--skip-lines", skipLines > 0),
        ]
        switch format {
        case .csv: return
        case .text:
            guard let name = csvOnly.first(where: \.1)?.0 else { return }
            throw ValidationError(
                "\(name) is about CSV; in COPY's text format nothing is quoted and every blank counts. Leave it out, or add --format csv."
            )
        case .ndjson:
            guard let name = (ofFields + csvOnly).first(where: \.1)?.0 else { return }
            throw ValidationError(
                "\(name) is about CSV; the file is NDJSON. Leave it out, or add --format csv."
            )
        }
    }

    private func character(_ text: String, of option: String) throws -> UInt8 {
        do {
            return try CSVFormat.character(parsing: text)
        } catch {
            throw ValidationError("\(option) \(text): \(error)")
        }
    }
}
