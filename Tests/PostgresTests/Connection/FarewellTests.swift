import Postgres
import TestSupport
import Testing

/// What a server says when it ends a session is not lost with the session.
@Suite(.freshDatabase) struct FarewellTests {
    @Test(arguments: ["", "BEGIN"])
    func `a session that was ended between two statements knows by which code`(
        before: String
    ) async throws {
        let database = try TestDatabase.current
        let administrator = try database.connection()
        for _ in 1...20 {
            let connection = try database.connection()
            if !before.isEmpty { try connection.runScript(before) }
            let backend = connection.backendID
            try administrator.execute("SELECT pg_terminate_backend(\(backend))")
            try await eventually("the backend's end") {
                try administrator.queryOne(
                    "SELECT count(*) FROM pg_stat_activity WHERE pid = \(backend)",
                    as: Int.self
                ) == 0
            }
            let failure = #expect(throws: PostgresError.self) { try connection.execute("SELECT 1") }
            #expect(failure?.sqlState == .adminShutdown)
            #expect(failure?.isConnectionLost == true)
        }
    }
}
