import ArgumentParser
import Backfills
import Postgres

/// How migrations look at the backfills that they wait for.
struct GateFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long the verify query of a backfill may take that a migration waits for; 0 for no limit.",
            valueName: "time"
        )
    )
    var verifyTimeout = TimeArgument(.seconds(300))

    @OptionGroup var backfills: BackfillsFolder
}
