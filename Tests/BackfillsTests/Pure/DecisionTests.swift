@testable import Backfills
import Postgres
import Testing

/// The decisions that need no server.
@Suite struct DecisionTests {
    private static let policy = FailurePolicy(
        backoff: Backoff(initial: 1, maximum: 8, jitter: 0, attempts: 4),
        statementTimeout: 30
    )

    @Test(arguments: [
        ("40P01", 1.0, FailurePolicy.Decision.shrink(after: 1)),
        ("40001", 1.0, .shrink(after: 1)),
        ("55P03", 1.0, .shrink(after: 1)),
        ("57014", 30.0, .shrink(after: 0)),
        ("57014", 2.0, .pause),
        ("53200", 1.0, .retry(after: 1)),
        ("23505", 1.0, .isolate),
        ("42703", 1.0, .fail),
    ])
    func `a server's error is met by its code`(
        code: String,
        elapsed: Double,
        decision: FailurePolicy.Decision
    ) {
        let error = PostgresError.server(ServerError(sqlState: SQLState(rawValue: code), message: "sample"))
        #expect(Self.policy.decision(for: error, attempt: 1, elapsed: elapsed) == decision)
    }

    @Test(arguments: [(1, 1.0), (2, 2.0), (3, 4.0)])
    func `waits grow and end`(attempt: Int, delay: Double) {
        let lost = PostgresError.connection(ConnectionFailure(kind: .lost, message: "sample", target: ""))
        #expect(Self.policy.decision(for: lost, attempt: attempt, elapsed: 0) == .reconnect(after: delay))
        #expect(Self.policy.decision(for: lost, attempt: 4, elapsed: 0) == .fail)
    }

    @Test func `an unknown outcome is looked up, a lost lease is left alone`() {
        let lost = PostgresError.connection(ConnectionFailure(kind: .lost, message: "sample", target: ""))
        let unknown = TransactionError.outcomeUnknown(lost)
        #expect(Self.policy.decision(for: unknown, attempt: 1, elapsed: 0) == .reconnect(after: 1))
        let range = ClaimedRange(id: 1, ordinal: 1, cursor: nil, upper: Key(["9"]), epoch: 1)
        #expect(Self.policy.decision(for: LeaseLost(range: range), attempt: 1, elapsed: 0) == .giveUpRange)
    }

    @Test(arguments: [
        ("57P01", FailurePolicy.Decision.askServer(after: 1)), ("57P02", .reconnect(after: 1)),
        ("57P03", .reconnect(after: 1)), ("57P05", .reconnect(after: 1)), ("25P03", .reconnect(after: 1)),
    ])
    func `only what a person could have done is asked about`(
        code: String,
        decision: FailurePolicy.Decision
    ) {
        let error = PostgresError.server(
            ServerError(sqlState: SQLState(rawValue: code), message: "sample", severity: "FATAL")
        )
        #expect(Self.policy.decision(for: error, attempt: 1, elapsed: 0) == decision)
        let unknown = TransactionError.outcomeUnknown(error)
        #expect(Self.policy.decision(for: unknown, attempt: 1, elapsed: 0) == decision)
    }

    @Test(arguments: [
        ("canceling statement due to statement timeout", 1.0, FailurePolicy.Decision.shrink(after: 0)),
        ("canceling statement due to user request", 60.0, .pause),
        ("Anweisung abgebrochen", 60.0, .shrink(after: 0)), ("Anweisung abgebrochen", 1.0, .pause),
    ])
    func `words tell a timeout from a person, and where they are foreign the time does`(
        words: String,
        elapsed: Double,
        decision: FailurePolicy.Decision
    ) {
        let error = PostgresError.server(ServerError(sqlState: .queryCanceled, message: words))
        #expect(Self.policy.decision(for: error, attempt: 1, elapsed: elapsed) == decision)
    }

    @Test func `a session that did nothing when it was ended is opened again, whoever ended it`() {
        let ended = PostgresError.connection(
            ConnectionFailure(kind: .endedWhileIdle, sqlState: .adminShutdown, message: "sample", target: "")
        )
        #expect(Self.policy.decision(for: ended, attempt: 1, elapsed: 0) == .reconnect(after: 1))
        #expect(FailurePolicy.origin(of: ended) == .other)
    }

    @Test func `a wrong password is not tried again`() {
        let refused = PostgresError.connection(
            ConnectionFailure(kind: .authentication, message: "sample", target: "")
        )
        #expect(Self.policy.decision(for: refused, attempt: 1, elapsed: 0) == .fail)
    }

    @Test(arguments: [
        (RunState.pending, WantedState.running, "resume"), (.running, .running, "resume"),
        (.failed, .running, "resume"),
        (.paused, .running, "resume"), (.paused, .paused, "paused"), (.running, .paused, "paused"),
        (.completed, .running, "finished"), (.verified, .paused, "finished"),
        (.cancelled, .cancelled, "create"),
    ])
    func `what to do follows from the state and the wish`(
        state: RunState,
        wanted: WantedState,
        decision: String
    ) throws {
        let admission = try Admission(
            latest: run(state, wanted),
            isSame: { $0 == "same" },
            cluster: "here",
            options: RunOptions()
        )
        #expect("\(admission)".hasPrefix(decision))
    }

    @Test func `nothing is begun twice, and a restart begins anew`() throws {
        #expect(
            try Admission(latest: nil, isSame: { _ in false }, cluster: "", options: RunOptions()) == .create
        )
        var options = RunOptions()
        options.existing = .restart
        let verified = run(.verified, .running)
        #expect(
            try Admission(latest: verified, isSame: { _ in false }, cluster: "else", options: options)
                == .create
        )
    }

    @Test(arguments: [
        (4, 4, 0, WantedState.running, RunState?.some(.completed)), (3, 4, 1, .running, nil),
        (3, 4, 0, .running, .paused),
        (3, 4, 0, .paused, .paused), (3, 4, 0, .cancelled, .cancelled), (4, 4, 0, .cancelled, .completed),
        (0, 0, 0, .running, .completed),
    ])
    func `a run's state follows from its ranges`(
        done: Int,
        all: Int,
        held: Int,
        wanted: WantedState,
        state: RunState?
    ) {
        var progress = RunProgress()
        (progress.ranges, progress.rangesDone, progress.rangesHeld) = (all, done, held)
        #expect(RunFinisher.state(of: run(.running, wanted), progress) == state)
    }

    @Test(arguments: [
        (WantedState.running, RunState?.none), (.paused, .paused), (.cancelled, .cancelled),
    ])
    func `a run whose ranges were never cut is not complete`(wanted: WantedState, state: RunState?) {
        #expect(RunFinisher.state(of: run(.pending, wanted), RunProgress()) == state)
    }

    @Test(arguments: [
        (0, 1), (10_000, 1), (10_001, 8), (2_000_000, 8), (5_000_000, 20), (2_000_000_000, 1024),
    ])
    func `the number of ranges grows with the table within bounds`(rows: Int, ranges: Int) {
        #expect(RangeCutter.Policy().count(rows: rows) == ranges)
    }

    private func run(_ state: RunState, _ wanted: WantedState) -> Run {
        Run(
            id: 1,
            name: "sample",
            state: state,
            wanted: wanted,
            definition: "same",
            upperBound: nil,
            cluster: "here",
            estimatedRows: 0,
            verifyResult: nil,
            lastError: nil
        )
    }
}
