import Foundation
import Migrations
import Postgres
import TestSupport
import Testing

/// An application that carries its migrations as resources; only what is public is used.
@Suite(.freshDatabase) struct EmbeddedMigrationTests {
    private static var directory: MigrationDirectory {
        get throws {
            try MigrationDirectory(path: Bundle.module.bundleURL.appending(path: "Migrations").path)
        }
    }

    @Test func `an application applies the migrations of its bundle`() async throws {
        let task = MigrationTask(try Self.directory, on: try TestDatabase.current.options)
        var finished: [String] = []
        for await event in task.events {
            if case .finished(let migration) = event { finished.append(migration.step.label) }
        }
        let outcome = try await task.outcome
        #expect(outcome.end == .done)
        #expect(outcome.completed.map(\.step.label) == finished)
        #expect(finished == ["20261101090000_create_city", "20261102090000_count_cities"])
        let count = try TestDatabase.current.connection().queryOne("SELECT city_count()", as: Int.self)
        #expect(count == 0)
    }

    @Test func `many instances start at once and nobody needs to listen`() async throws {
        let options = try TestDatabase.current.options
        let directory = try Self.directory
        let applied = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { try await MigrationTask(directory, on: options).outcome.completed.count }
            }
            return try await group.reduce(0, +)
        }
        #expect(applied == 2)
    }

    @Test func `a failure tells what was done and what remains`() async throws {
        try TestDatabase.current.connection().execute("CREATE FUNCTION city_count() RETURNS int RETURN 1")
        let task = MigrationTask(try Self.directory, on: try TestDatabase.current.options)
        let failure = try await #require(throws: MigrationFailure.self) { try await task.outcome }
        #expect(failure.completed.map(\.step.label) == ["20261101090000_create_city"])
        #expect(failure.step.label == "20261102090000_count_cities")
        #expect(failure.left == .nothing)
        #expect(failure.remaining.isEmpty)
        var events = 0
        for await _ in task.events { events += 1 }
        #expect(events > 0)
    }

    @Test func `a cancelled run leaves nothing half done`() async throws {
        let lock = try TestDatabase.current.connection()
        // Not in one script with the BEGIN: the table would belong to the transaction that nobody else sees.
        try lock.runScript("CREATE TABLE city ()")
        try lock.runScript("BEGIN; LOCK TABLE city")
        var configuration = MigratorConfiguration()
        configuration.lockTimeout = .seconds(60)
        let directory = try MigrationDirectory(
            path: "",
            migrations: [
                try MigrationDirectory(path: Self.directory.path).migrations[1]
            ]
        )
        let task = MigrationTask(
            directory,
            on: try TestDatabase.current.options,
            configuration: configuration
        )
        let other = try TestDatabase.current.connection()
        try await eventually("the migration waits for the lock") {
            try other.lockWaiters(running: "CREATE FUNCTION%") == 1
        }
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.outcome }
        try lock.execute("ROLLBACK")
        let functions = try lock.queryOne(
            "SELECT count(*) FROM pg_proc WHERE proname = 'city_count'",
            as: Int.self
        )
        #expect(functions == 0)
    }
}
