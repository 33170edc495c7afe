/// Asks again and again until the condition holds.
///
/// For conditions that nothing announces, such as a row in `pg_stat_activity`; where a signal can be had, use `Gate`.
///
/// - Throws: `DeadlineError` naming `awaited` when the time is over, and whatever the condition throws.
public func eventually(
    within limit: Duration = .patience,
    _ awaited: String = "the condition",
    every interval: Duration = .milliseconds(10),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw DeadlineError(awaited, limit) }
        try await Task.sleep(for: interval)
    }
}

/// As `eventually`, for a value that is nil until it is there.
public func eventually<Value>(
    within limit: Duration = .patience,
    value awaited: String,
    every interval: Duration = .milliseconds(10),
    _ read: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await read() { return value }
        guard ContinuousClock.now < deadline else { throw DeadlineError(awaited, limit) }
        try await Task.sleep(for: interval)
    }
}
