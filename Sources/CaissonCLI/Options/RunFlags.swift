import ArgumentParser
import Backfills

/// How backfills are to be run.
struct RunFlags: ParsableArguments {
    @OptionGroup var pace: PaceFlags

    @Flag(name: .long, help: "Give up the run there is and begin anew.")
    var restart = false

    @Flag(name: .long, help: "Go on although the definition was changed since the run began.")
    var acceptChange = false

    @Flag(name: .long, help: "Go on with a run that was recorded on another cluster.")
    var adopt = false

    @Flag(name: .long, help: "Go on with rows that arrive, until Ctrl-C; then finish the run.")
    var follow = false

    /// The same for the engine.
    var options: RunOptions {
        var options = pace.options
        if restart { options.existing = .restart }
        if acceptChange { options.changedDefinition = .accept }
        if follow { options.atEnd = .follow }
        if adopt { options.foreignTables = .adopt }
        return options
    }
}
