/// Lets so many tests at a time be at work on the server.
///
/// The runner begins all tests at once, and each of them holds one of the few threads that tasks share while it waits for
/// the server. With a thousand begun, a test that is woken waits its turn behind all others: a deadline of a minute
/// passed without the test having had a look.
actor Turnstile {
    static let shared = Turnstile(places: 12)

    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) {
        self.places = places
    }

    /// Runs `body` as soon as there is a place.
    nonisolated func pass<Value: Sendable>(_ body: @Sendable () async throws -> Value) async rethrows -> Value
    {
        await enter()
        do {
            let value = try await body()
            await leave()
            return value
        } catch {
            await leave()
            throw error
        }
    }

    private func enter() async {
        guard places == 0 else { return places -= 1 }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// The place goes to the one who has waited longest.
    private func leave() {
        guard !waiting.isEmpty else { return places += 1 }
        waiting.removeFirst().resume()
    }
}
