import Postgres
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct MigrationPoolerTests {
    private static let one = ["1_a.sql": "-- migrate:up\nCREATE TABLE a (x int);"]

    @Test func `a pooler in transaction mode is refused before anything is run`() async throws {
        try await withPooler(for: try TestDatabase.current) { pooler in
            let fixture = try MigrationFixture(Self.one, over: pooler.options)
            let error = try #require(throws: PoolerError.self) { try fixture.run() }
            #expect(error == .sharesSessions)
            #expect(error.description.contains("pool_mode = session"))
            #expect(try !fixture.exists("a"))
            #expect(try !fixture.exists("caisson.migration"))
            #expect(try fixture.advisoryLocks() == 0)
            // Looking needs no session.
            #expect(try fixture.states() == ["1 pending"])
        }
    }

    @Test func `a pooler in session mode is as good as none`() async throws {
        try await withPooler(for: try TestDatabase.current, mode: .session) { pooler in
            let fixture = try MigrationFixture(Self.one, over: pooler.options)
            // The pool begins with three server connections that are given back when a client leaves.
            #expect(try fixture.run().completed.count == 1)
            #expect(try fixture.exists("a"))
            #expect(try fixture.advisoryLocks() == 0)
        }
    }
}
