import ArgumentParser
import Migrations

/// What to do with files that come before applied ones.
struct OrderFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Files that come before applied ones: \(names).",
            valueName: "policy"
        ),
        transform: policy(named:)
    )
    var outOfOrder = LatePolicy.refuse

    private static let names = LatePolicy.allCases.map(\.rawValue).joined(separator: ", ")

    private static func policy(named name: String) throws -> LatePolicy {
        guard let policy = LatePolicy(rawValue: name.lowercased()) else {
            throw ValidationError("--out-of-order \(name): write one of \(names).")
        }
        return policy
    }

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
            "Where another index has the name of a CREATE INDEX CONCURRENTLY IF NOT EXISTS: \(names).",
            valueName: "policy"
        ),
        transform: policy(named:)
    )
    var existingIndex = ExistingIndexPolicy.refuse

    private static let names = ExistingIndexPolicy.allCases.map(\.rawValue).joined(separator: ", ")

    private static func policy(named name: String) throws -> ExistingIndexPolicy {
        guard let policy = ExistingIndexPolicy(rawValue: name.lowercased()) else {
            throw ValidationError("--existing-index \(name): write one of \(names).")
        }
        return policy
    }

    /// Takes the value over.
    func apply(to configuration: inout MigratorConfiguration) {
        configuration.existingIndex = existingIndex
    }
}
