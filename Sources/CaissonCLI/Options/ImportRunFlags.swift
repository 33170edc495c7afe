import ArgumentParser
import Imports

/// How an import runs, stops and goes on.
struct ImportRunFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "How many rows may be left out because they cannot be read or are refused. --skipped lists them.",
            valueName: "count"
        )
    )
    var maxSkipped = 0

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How much of the file is committed at a time. By default 4096, and up to 65536 where the server is far away.",
            valueName: "KiB"
        )
    )
    var chunkSize: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How many sessions send rows at the same time. They are committed in the order of the file all the same.",
            valueName: "count"
        )
    )
    var workers = 1

    @Flag(name: .long, help: "Begin at the first row, whatever an earlier import of this file has stored.")
    var restart = false

    @Flag(
        name: [.customLong("continue")],
        help:
            "Import what was added to the file since all of it was imported, or what lies behind the rows of another file."
    )
    var goesOn = false

    @Flag(
        name: .long,
        help:
            "Empty the table first, in the transaction that stores the first rows. Everybody else waits for its end."
    )
    var truncate = false

    @Flag(
        name: .long,
        help:
            "Load into a new table beside the table, and swap the two at the end: until then everybody reads the old rows."
    )
    var replace = false

    @Flag(
        name: .long,
        help: "All of the file in one transaction: nothing to go on with, and nothing half done."
    )
    var singleTransaction = false

    @Flag(
        name: .long,
        help: "List the rows that the last import of this file left out, and import nothing."
    )
    var skipped = false

    @Flag(
        inversion: .prefixedNo,
        help: "ANALYZE the table at the end, where a tenth of it is new."
    )
    var analyze = true

    @Flag(
        name: .long,
        help: "Move sequences on behind the numbers that the file has brought, when it has brought its own."
    )
    var advanceSequences = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write the rows that are left out to a file, with the reason as its last column, to be corrected and imported.",
            valueName: "file"
        )
    )
    var rejects: String?

    /// One session a worker: more than a server has processors only wait for each other.
    private static let mostWorkers = 64

    func validate() throws {
        if rejects != nil, maxSkipped == 0 {
            throw ValidationError("--rejects is for rows that are left out; add --max-skipped.")
        }
        guard maxSkipped >= 0 else { throw ValidationError("--max-skipped is 0 or more.") }
        guard chunkSize ?? 1 > 0 else { throw ValidationError("--chunk-size is 1 or more.") }
        guard (1...Self.mostWorkers).contains(workers) else {
            throw ValidationError("--workers is 1 to \(Self.mostWorkers).")
        }
        guard !(restart && goesOn) else {
            throw ValidationError(
                "--restart begins at the first row and --continue behind the stored ones; give one of them."
            )
        }
        if singleTransaction, restart || goesOn || maxSkipped > 0 || workers > 1 {
            throw ValidationError(
                "--single-transaction stores all rows or none; leave out --restart, --continue, --max-skipped and --workers."
            )
        }
        if truncate, goesOn {
            throw ValidationError(
                "--truncate takes away the rows behind which --continue would go on; give one of them."
            )
        }
        if replace, truncate || goesOn {
            throw ValidationError(
                "--replace puts a new table in the place of the old one; leave out --truncate and --continue."
            )
        }
        if skipped, restart || goesOn || singleTransaction || maxSkipped > 0 || advanceSequences {
            throw ValidationError("--skipped imports nothing; leave out the options that say how to.")
        }
    }

    /// Options that are about one file.
    ///
    /// - Throws: `ValidationError`.
    func checkFor(files count: Int) throws {
        if truncate {
            throw ValidationError(
                "--truncate empties the table for one file, and the command names \(count). Truncate with the first file alone, then import the others."
            )
        }
        if replace {
            throw ValidationError(
                "--replace puts the rows of one file in the place of all others, and the command names \(count). Replace with the first file alone, then import the others."
            )
        }
        if rejects != nil {
            throw ValidationError("--rejects is for the rows of one file, and the command names \(count).")
        }
    }

    /// Whether one is given that says how rows are stored, or shows something else.
    var changesSomething: Bool {
        restart || goesOn || singleTransaction || skipped || truncate || replace || maxSkipped > 0
            || advanceSequences || workers > 1
    }

    /// Takes the values over.
    func apply(to resumable: inout ResumableImport) {
        resumable.maxSkipped = maxSkipped
        resumable.workers = workers
        resumable.chunkSize = chunkSize.map { size in
            let bytes = size.multipliedReportingOverflow(by: 1024)
            return bytes.overflow ? .max : bytes.partialValue
        }
        resumable.start = restart ? .restart : goesOn ? .continue : .resume
    }
}
