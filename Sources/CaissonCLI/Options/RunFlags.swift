import ArgumentParser
import Backfills

/// How backfills are to be run.
struct RunFlags: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("How many ranges are worked on at a time.", valueName: "n"))
    var workers = 1

    @Option(
        name: .long,
        help: ArgumentHelp("How many rows a chunk takes. By default as many as take 0.25 s.", valueName: "n")
    )
    var chunkSize: Int?

    @Flag(name: .long, help: "Give up the run there is and begin anew.")
    var restart = false

    @Flag(name: .long, help: "Go on although the definition was changed since the run began.")
    var acceptChange = false

    @Flag(name: .long, help: "Go on with a run that was recorded on another cluster.")
    var adopt = false

    func validate() throws {
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
        if restart { options.existing = .restart }
        if acceptChange { options.changedDefinition = .accept }
        if adopt { options.foreignTables = .adopt }
        return options
    }
}
