import Postgres
import TestSupport
import Testing

@Suite struct SQLStateTests {
    @Test(arguments: [
        ("40001", SQLState.Class.transactionRollback, true), ("40P01", .transactionRollback, true),
        ("23505", .integrityConstraintViolation, true), ("22P04", .dataException, true),
        ("08006", .connectionException, true),
        ("53300", .insufficientResources, true), ("57014", .operatorIntervention, true),
        ("28P01", .invalidAuthorization, true),
        ("42601", .dataException, false), ("04000", .transactionRollback, false),
    ])
    func `a code belongs to its class`(_ code: String, _ pattern: SQLState.Class, _ matches: Bool) {
        #expect((pattern ~= SQLState(rawValue: code)) == matches)
    }

    /// The server raises the code itself, so that the whole way to ``PostgresError/isTransient`` is tested.
    @Test(
        .freshDatabase,
        arguments: [
            ("40001", true), ("40P01", true), ("55P03", true), ("53200", true), ("08000", true),
            ("57P03", true),
            ("23505", false), ("42601", false), ("57014", false), ("22012", false), ("25006", false),
        ]
    )
    func `only what may pass is transient`(_ code: String, _ isTransient: Bool) throws {
        let connection = try TestDatabase.current.connection()
        let error = try #require(throws: PostgresError.self) {
            try connection.runScript("DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '\(code)'; END$$")
        }
        #expect(error.sqlState == SQLState(rawValue: code))
        #expect(error.isTransient == isTransient)
        #expect(!error.isConnectionLost)
    }

    @Test(.freshDatabase) func `a terminated session is lost, and may be tried again`() throws {
        let connection = try TestDatabase.current.connection()
        let error = try #require(throws: PostgresError.self) {
            try connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        }
        #expect(error.isConnectionLost && error.isTransient)
        #expect(error.sqlState == .adminShutdown)
        let later = try #require(throws: PostgresError.self) { try connection.execute("SELECT 1") }
        #expect(later.isConnectionLost && later.description.hasPrefix("Lost the connection"))
    }
}
