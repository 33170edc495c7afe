import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct SessionTests {
    @Test func `a cancelled task stops its statement, and the session goes on`() async throws {
        let database = try TestDatabase.current
        let session = try database.session()
        let task = Task {
            try await session.withConnection { try $0.execute("SELECT pg_sleep(600) /* mine */") }
        }
        try await waitForStatement("mine")
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await session.withConnection { try $0.queryOne("SELECT 1", as: Int.self) } == 1)
        let observer = try database.connection()
        try await eventually("the sleeping backend to be gone") {
            try observer.queryOne(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid() AND datname = current_database()
                """,
                as: Int.self
            ) == 0
        }
    }

    /// The first request finds the session idle and stops nothing.
    @Test(.untilItHangs)
    func `a task that is cancelled between two statements stops the next one`() async throws {
        let session = try TestDatabase.current.session()
        let began = Gate("the use of the session")
        let task = Task {
            try await session.withConnection { connection in
                began.open()
                while !Task.isCancelled { Thread.sleep(forTimeInterval: 0.01) }
                // Nobody tells when the first request has reached the server; it is over long before this.
                Thread.sleep(forTimeInterval: 0.5)
                try connection.execute("SELECT pg_sleep(600)")
            }
        }
        try await began.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await session.withConnection { try $0.queryOne("SELECT 1", as: Int.self) } == 1)
    }

    @Test func `a task that is cancelled while it waits leaves the statement of another alone`() async throws
    {
        let session = try TestDatabase.current.session()
        let blocker = try TestDatabase.current.connection()
        try blocker.execute("SELECT pg_advisory_lock(1)")
        let holder = Task {
            try await session.withConnection { try $0.execute("SELECT pg_advisory_lock(1) /* held */") }
        }
        try await waitForStatement("held")
        let waiting = Task {
            _ = try await session.withConnection { _ in Issue.record("lent to a cancelled task") }
        }
        waiting.cancel()
        try await waitForStatement("held")
        try blocker.execute("SELECT pg_advisory_unlock(1)")
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(try await holder.value == 1)
    }

    @Test func `a task that is cancelled already does not reach the server`() async throws {
        let session = try TestDatabase.current.session()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            _ = try await session.withConnection { _ in Issue.record("lent to a cancelled task") }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `a lost connection is opened again`() async throws {
        let session = try TestDatabase.current.session()
        let first = try await session.withConnection { $0.backendID }
        await #expect(throws: PostgresError.self) {
            try await session.withConnection {
                try $0.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            }
        }
        #expect(try await session.withConnection { $0.backendID } != first)
        await session.close()
        #expect(try await session.withConnection { try $0.queryOne("SELECT 1", as: Int.self) } == 1)
    }

    @Test func `settings are set on every connection`() async throws {
        let session = Session(try TestDatabase.current.options, settings: [.init("lock_timeout", "321ms")])
        #expect(
            try await session.withConnection { try $0.queryOne("SHOW lock_timeout", as: String.self) }
                == "321ms"
        )
        await session.close()
        #expect(
            try await session.withConnection { try $0.queryOne("SHOW lock_timeout", as: String.self) }
                == "321ms"
        )
    }

    @Test func `blocking sessions do not hold up other tasks`() async throws {
        let database = try TestDatabase.current
        let sleepers = (0..<16).map { _ in
            Task {
                try await Session(database.options).withConnection {
                    try $0.execute("SELECT pg_sleep(600) /* crowd */")
                }
            }
        }
        let observer = try database.session()
        try await eventually("all to sleep at once") {
            try await observer.withConnection {
                try $0.queryOne(
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%crowd *%' AND pid <> pg_backend_pid()",
                    as: Int.self
                )
            } == 16
        }
        sleepers.forEach { $0.cancel() }
        for sleeper in sleepers { await #expect(throws: CancellationError.self) { try await sleeper.value } }
    }

    private func waitForStatement(_ mark: String) async throws {
        let observer = try TestDatabase.current.connection()
        try await eventually("the statement marked \(mark) to run") {
            try observer.queryOne(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE \("%/* \(mark) */") AND state = 'active' AND pid <> pg_backend_pid()",
                as: Int.self
            ) == 1
        }
    }
}
