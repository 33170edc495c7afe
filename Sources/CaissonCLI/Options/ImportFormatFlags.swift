import ArgumentParser
import Bulk

/// What the file of an import holds.
struct ImportFormatFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "What the file holds. By default its name tells: .ndjson and .jsonl, packed or not; csv otherwise. text is what COPY and \\copy write, and is never told by a name.",
            valueName: "csv|ndjson|text"
        )
    )
    var format: FormatChoice?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What the file is written in, as PostgreSQL or iconv calls it. By default UTF-8.",
            valueName: "name"
        )
    )
    var encoding: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What stands for NULL; may be given several times. By default an empty field without quotes; in text \\N.",
            valueName: "token"
        )
    )
    var null: [String] = []

    @Flag(name: .long, help: "Every empty field is NULL, in quotes or not; in text nothing else is.")
    var emptyAsNull = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The longest record, which bounds the memory that a quote nobody closes can cost.",
            valueName: "MiB"
        )
    )
    var maxRecordSize = 64

    /// The words behind `--format`.
    enum FormatChoice: String, ExpressibleByArgument, CaseIterable {
        case csv, ndjson, text
    }

    func validate() throws {
        guard null.isEmpty || !emptyAsNull else {
            throw ValidationError(
                "--null and --empty-as-null are two rules for the same; give one of them, or --null '' besides the others."
            )
        }
        // The server takes no row of a GiB.
        guard (1...1023).contains(maxRecordSize) else {
            throw ValidationError("--max-record-size is between 1 and 1023.")
        }
    }

    /// Takes the values over.
    func apply(to load: inout FileImport) {
        switch format {
        case nil: break
        case .csv: load.format = .csv
        case .ndjson: load.format = .ndjson
        case .text: load.format = .text
        }
        load.encoding = encoding
        load.maximumRecordSize = maxRecordSize << 20
        if let rule { load.null = rule }
    }

    private var rule: NullRule? {
        // In one order, so that the same tokens are the same rule.
        let tokens = Set(null).sorted()
        if emptyAsNull || tokens == [""] { return .emptyField }
        return tokens.count > 1 ? .anyOf(tokens) : tokens.first.map { .token($0) }
    }
}
