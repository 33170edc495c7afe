import ArgumentParser
import Migrations

/// What to do with files that come before applied ones.
struct OrderFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Files that come before applied ones: \(LatePolicy.words).",
            valueName: "policy"
        ),
        transform: { try LatePolicy.chosen($0, for: "--out-of-order") }
    )
    var outOfOrder = LatePolicy.refuse

    /// Takes the value over.
    func apply(to configuration: inout MigratorConfiguration) {
        configuration.late = outOfOrder
    }
}

/// What to do with indexes that are there already under another definition.
struct IndexFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where another index has the name of a CREATE INDEX CONCURRENTLY IF NOT EXISTS: \(ExistingIndexPolicy.words).",
            valueName: "policy"
        ),
        transform: { try ExistingIndexPolicy.chosen($0, for: "--existing-index") }
    )
    var existingIndex = ExistingIndexPolicy.refuse

    /// Takes the value over.
    func apply(to configuration: inout MigratorConfiguration) {
        configuration.existingIndex = existingIndex
    }
}
