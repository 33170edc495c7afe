import ArgumentParser
import Bulk

/// How the file of an import is written.
struct ImportFormatFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "What stands for NULL. By default an empty field without quotes.",
            valueName: "token"
        )
    )
    var null: String?

    @Option(
        name: .long,
        help: ArgumentHelp("What stands between fields; tab is a tab.", valueName: "character")
    )
    var delimiter = ","

    @Flag(
        name: .long,
        help: "The first line is data already; the columns are those of the table in their order."
    )
    var noHeader = false

    /// Takes the values over.
    ///
    /// - Throws: `ValidationError` for a delimiter that cannot be one.
    func apply(to load: inout CSVImport) throws {
        do {
            load.format.delimiter = try CSVFormat.character(parsing: delimiter)
        } catch {
            throw ValidationError("--delimiter \(delimiter): \(error)")
        }
        load.format.header = noHeader ? .absent : .present
        if let null { load.null = null.isEmpty ? .emptyField : .token(null) }
    }
}
