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
