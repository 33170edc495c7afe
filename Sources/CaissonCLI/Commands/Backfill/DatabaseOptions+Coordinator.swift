import Backfills

extension DatabaseOptions {
    /// Lends a coordinator for the database that the options name.
    func withCoordinator<Value: Sendable>(
        _ console: Console,
        _ body: (Coordinator) async throws -> Value
    ) async throws -> Value {
        let coordinator = Coordinator(try await connection(console), schema: schema)
        do {
            let value = try await body(coordinator)
            await coordinator.close()
            return value
        } catch {
            await coordinator.close()
            throw error
        }
    }
}
