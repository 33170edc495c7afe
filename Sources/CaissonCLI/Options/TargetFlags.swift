import ArgumentParser
import Migrations

/// How far to go.
struct TargetFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Up: to this version and not beyond. Down: until it is the last one applied; 0 reverts all.",
            valueName: "version"
        )
    )
    var to: String?

    @Option(name: .long, help: ArgumentHelp("So many migrations.", valueName: "n"))
    var steps: Int?

    func validate() throws {
        guard to == nil || steps == nil else {
            throw ValidationError("--to and --steps say different things; give one of them.")
        }
        if let to, MigrationVersion(to) == nil {
            throw ValidationError(
                "--to \(to): write a version, which is a number: caisson migrate status lists them."
            )
        }
        if let steps, steps < 1 { throw ValidationError("--steps \(steps): write a number from 1.") }
    }

    /// The same for the planner.
    var target: MigrationTarget {
        if let version = to.flatMap({ MigrationVersion($0) }) { return .version(version) }
        return steps.map { .steps($0) } ?? .latest
    }
}
