import ArgumentParser
import Backfills

/// How fast a backfill is to go, and what it may leave out.
struct PaceFlags: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("How many ranges are worked on at a time.", valueName: "n"))
    var workers = 1

    @Option(
        name: .long,
        help: ArgumentHelp("How many rows a chunk takes. By default as many as take 0.25 s.", valueName: "n")
    )
    var chunkSize: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How many rows that cannot be applied may be recorded and passed over, in the whole run.",
            valueName: "n"
        )
    )
    var maxSkipped = 0

    func validate() throws {
        guard maxSkipped >= 0 else { throw ValidationError("--max-skipped \(maxSkipped): write 0 or more.") }
        guard (1...256).contains(workers) else {
            throw ValidationError("--workers \(workers): write a number from 1 to 256.")
        }
        if let chunkSize, !(1...1_000_000).contains(chunkSize) {
            throw ValidationError("--chunk-size \(chunkSize): write a number from 1 to 1000000.")
        }
    }

    /// The same for the engine.
    var options: RunOptions {
        var options = RunOptions()
        options.workers = workers
        if let chunkSize { options.sizing = .fixed(chunkSize) }
        options.maxSkipped = maxSkipped
        return options
    }
}
