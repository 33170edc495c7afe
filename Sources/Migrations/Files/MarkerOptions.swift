import Postgres

/// Reads the words behind a marker: `transaction:false lock-timeout:5s statement-timeout:10min isolation:serializable
/// requires-backfill:NAME breaks-before:VERSION`.
struct MarkerOptions {
    static let names = [
        "transaction", "lock-timeout", "statement-timeout", "isolation", "requires-backfill", "breaks-before",
    ]

    let direction: MigrationDirection
    private(set) var options = MigrationOptions()
    private var seen: Set<String> = []

    init(direction: MigrationDirection) {
        self.direction = direction
    }

    mutating func read(_ word: Substring) throws(OptionError) {
        let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init
        )
        let (name, value) = (parts[0], parts.count > 1 ? parts[1] : "")
        guard Self.names.contains(name) else {
            throw OptionError(.unknownOption(name, suggestion: NearestNames.of(name, in: Self.names).first))
        }
        guard seen.insert(name).inserted else { throw bad(word, "the option once") }
        switch name {
        case "transaction": options.transactionMode = try transactionMode(value, word)
        case "lock-timeout": options.lockTimeout = try duration(value, word, of: name)
        case "statement-timeout": options.statementTimeout = try duration(value, word, of: name)
        case "isolation": options.isolation = try isolation(value, word)
        case "breaks-before": options.breaksBefore = try floor(value, word)
        default: options.requiredBackfill = try backfill(value, word)
        }
    }

    private func transactionMode(
        _ value: String,
        _ word: Substring
    ) throws(OptionError) -> MigrationOptions.TransactionMode {
        switch value {
        case "false": return .perStatement
        case "true": return .perFile
        default: throw bad(word, "transaction:false or transaction:true")
        }
    }

    private func duration(
        _ value: String,
        _ word: Substring,
        of name: String
    ) throws(OptionError) -> Duration {
        guard let timeout = Timeout(parsing: value) else {
            throw bad(word, "\(name): with \(Timeout.notation), such as \(name):5s")
        }
        return timeout.duration
    }

    private func isolation(
        _ value: String,
        _ word: Substring
    ) throws(OptionError) -> TransactionOptions.Isolation {
        guard let isolation = TransactionOptions.Isolation(word: value) else {
            throw bad(word, "isolation:read-committed, isolation:repeatable-read or isolation:serializable")
        }
        return isolation
    }

    /// To be called when all words are read: each alone may be right.
    func check() throws(OptionError) {
        guard options.transactionMode == .perStatement, options.isolation != nil else { return }
        throw bad(
            "isolation",
            "isolation without transaction:false; such a file says it itself: BEGIN ISOLATION LEVEL …; … COMMIT;"
        )
    }

    private func backfill(_ value: String, _ word: Substring) throws(OptionError) -> String {
        guard direction == .up else { throw bad(word, "requires-backfill on the -- migrate:up line") }
        guard !value.isEmpty else { throw bad(word, "requires-backfill:NAME with the name of a backfill") }
        return value
    }

    private func floor(_ value: String, _ word: Substring) throws(OptionError) -> MigrationVersion {
        guard direction == .up else { throw bad(word, "breaks-before on the -- migrate:up line") }
        guard let version = MigrationVersion(value) else {
            throw bad(word, "breaks-before:VERSION with the version of a migration")
        }
        return version
    }

    private func bad(_ word: Substring, _ expected: String) -> OptionError {
        OptionError(.badOption(String(word), expected: expected))
    }

    struct OptionError: Error {
        let reason: MigrationFileError.Reason

        init(_ reason: MigrationFileError.Reason) {
            self.reason = reason
        }
    }
}
