public import Testing

/// Gives every test, and every argument of a parameterised one, a database of its own: `TestDatabase.current`.
public struct FreshDatabaseTrait: TestTrait, SuiteTrait, TestScoping {
    /// Applies to every test of a suite.
    public let isRecursive = true

    /// Runs the test with its database.
    public func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing body: @Sendable () async throws -> Void
    ) async throws {
        try await Turnstile.shared.pass {
            try await withFreshDatabase(named: test.displayName ?? test.name) { _ in try await body() }
        }
    }
}

extension Trait where Self == FreshDatabaseTrait {
    /// A new, empty database for each test; see `TestDatabase.current`.
    public static var freshDatabase: Self { Self() }
}
