import ArgumentParser
import Migrations
import Postgres

/// How long migrations wait for others, how long they may take, and what they see of others.
struct LockFlags: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("How long to wait for another run to end.", valueName: "time"))
    var lockWait = TimeArgument(.seconds(60))

    @Option(
        name: .long,
        help: ArgumentHelp("How long a statement may wait for a lock at each attempt.", valueName: "time")
    )
    var lockTimeout = TimeArgument(.seconds(5))

    @Option(
        name: .long,
        help: ArgumentHelp("How often a file is tried when it meets a lock.", valueName: "n")
    )
    var lockAttempts = 10

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long a statement may run; 0 for no limit.",
            discussion: "Otherwise as long as the server allows the role.",
            valueName: "time"
        )
    )
    var statementTimeout: TimeArgument?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What the transaction of a file sees of others: read-committed, repeatable-read or serializable.",
            valueName: "level"
        )
    )
    var isolation = IsolationArgument(level: .readCommitted)

    func validate() throws {
        guard lockAttempts > 0 else {
            throw ValidationError("--lock-attempts \(lockAttempts): write a number from 1.")
        }
    }

    /// Takes the values over.
    func apply(to configuration: inout MigratorConfiguration) {
        configuration.lockWait = lockWait.duration
        configuration.lockTimeout = lockTimeout.duration
        configuration.retry.attempts = lockAttempts
        configuration.statementTimeout = statementTimeout?.duration
        configuration.isolation = isolation.level
    }
}

/// An isolation level on the command line, spelled as on a marker line.
struct IsolationArgument: ExpressibleByArgument {
    let level: TransactionOptions.Isolation

    init(level: TransactionOptions.Isolation) {
        self.level = level
    }

    init?(argument: String) {
        guard let level = TransactionOptions.Isolation(word: argument) else { return nil }
        self.level = level
    }

    var defaultValueDescription: String { level.word }
}

/// A time on the command line: `500ms`, `5s`, `2min`, `1h`.
struct TimeArgument: ExpressibleByArgument {
    let timeout: Timeout

    init(_ timeout: Timeout) {
        self.timeout = timeout
    }

    init?(argument: String) {
        guard let timeout = Timeout(parsing: argument) else { return nil }
        self.timeout = timeout
    }

    var defaultValueDescription: String { timeout.description }

    /// The same for the libraries.
    var duration: Duration { timeout.duration }
}
