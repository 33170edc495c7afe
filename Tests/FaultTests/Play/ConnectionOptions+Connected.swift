import Postgres
import TestSupport

extension ConnectionOptions {
    /// A connection for the round itself, which must not fail by the troubles that it makes: a server that has just come
    /// back may turn the first ones away.
    func connected() async throws -> Connection {
        try await eventually(within: .seconds(120), value: "a connection for the round") {
            do {
                return try Connection(self)
            } catch let error as PostgresError where error.isTransient {
                return nil
            }
        }
    }
}
