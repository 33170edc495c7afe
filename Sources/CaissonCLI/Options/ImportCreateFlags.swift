import ArgumentParser
import Bulk

/// Whether the table is made for the file.
struct ImportCreateFlags: ParsableArguments {
    @Flag(
        name: .long,
        help:
            "Make the table where there is none, with types that all values of the first rows go into unchanged."
    )
    var create = false

    @Option(
        name: .long,
        help: ArgumentHelp("The rows that --create looks at. By default 10000.", valueName: "count")
    )
    var sampleRows: Int?

    func validate() throws {
        guard create || sampleRows == nil else {
            throw ValidationError("--sample-rows says what --create looks at; add --create, or leave it out.")
        }
        guard sampleRows ?? 1 > 0 else { throw ValidationError("--sample-rows is 1 or more.") }
    }

    /// Checks what the options mean for the rest of the command.
    func validate(files: [String], skipped: Bool) throws {
        guard create else { return }
        if files.contains("-") {
            throw ValidationError(
                "--create reads the first rows twice, and standard input can be read only once; save it as a file, or make the table by hand."
            )
        }
        if skipped { throw ValidationError("--skipped imports nothing; leave out --create.") }
    }

    /// What a table is guessed from.
    ///
    /// - Parameter maxSkipped: the lines that the import may leave out.
    func sample(maxSkipped: Int) -> TableSample {
        var sample = TableSample()
        if let sampleRows { sample.rows = sampleRows }
        sample.passesOver = maxSkipped > 0
        return sample
    }
}
