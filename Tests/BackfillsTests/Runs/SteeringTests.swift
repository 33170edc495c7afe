import Backfills
import Control
import Postgres
import Synchronization
import TestSupport
import Testing

/// Stopping, going on, giving up and beginning anew, from the library and from plain SQL.
@Suite(.freshDatabase) struct SteeringTests {
    @Test func `a stop finishes the chunk, lets go of the range and is resumed exactly`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 3000, on: connection)
        let coordinator = Coordinator(try database.options)
        let stop = StopSignal()
        let chunks = Atomic(0)

        let stopped = try await coordinator.run(
            Cities.sums,
            options: .chunks(of: 100),
            stop: stop,
            report: { event in
                guard case .chunk = event else { return }
                if chunks.wrappingAdd(1, ordering: .relaxed).newValue == 7 { stop.request() }
            }
        )
        #expect(stopped.run.state == .paused)
        #expect(stopped.run.wanted == .running)
        #expect(stopped.progress.scanned == 700)
        #expect(stopped.progress.rangesHeld == 0)

        let finished = try await coordinator.run(Cities.sums, options: .chunks(of: 100))
        #expect(finished.run.state == .verified)
        #expect(finished.run.id == stopped.run.id)
        #expect(finished.progress.chunks == 30)
    }

    @Test func `a pause from plain SQL stops the workers and holds until it is taken back`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 3000, on: connection)
        let coordinator = Coordinator(try database.options)
        let steering = Mutex(try SendableConnection(database.connection()))

        let paused = try await coordinator.run(
            Cities.sums,
            options: .chunks(of: 100),
            report: { event in
                guard case .chunk = event else { return }
                steering.withLock {
                    try? $0.connection.runScript(
                        "UPDATE caisson.backfill_run SET wanted = 'paused' WHERE name = 'sums'"
                    )
                }
            }
        )
        #expect(paused.run.state == .paused)
        #expect(paused.progress.chunks == 2)

        let still = try await coordinator.run(Cities.sums)
        #expect(still.run.state == .paused)
        #expect(still.progress.chunks == 2)

        try await coordinator.resume("sums")
        let finished = try await coordinator.run(Cities.sums)
        #expect(finished.run.state == .verified)
        #expect(finished.progress.scanned == 3000)
    }

    @Test func `a cancelled run is given up and the next one begins anew`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 500, on: connection)
        let coordinator = Coordinator(try database.options)
        try await coordinator.runFirstChunk(of: Cities.normalize)

        let cancelled = try await coordinator.cancel("normalize")
        #expect(cancelled.state == .cancelled)

        let anew = try await coordinator.run(Cities.normalize, options: .chunks(of: 100))
        #expect(anew.run.id != cancelled.id)
        #expect(anew.run.state == .verified)
        #expect(anew.progress.scanned == 500)
        #expect(anew.progress.changed == 400)
    }

    @Test func `a changed definition is refused until it is accepted`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 500, on: connection)
        let coordinator = Coordinator(try database.options)
        try await coordinator.runFirstChunk(of: Cities.normalize)
        let changed = Cities.sql(
            "normalize",
            where: "search_name IS NULL",
            "UPDATE city SET search_name = upper(city.name) FROM chunk WHERE city.id = chunk.id"
        )

        let refusal = await #expect(throws: BackfillError.self) { _ = try await coordinator.run(changed) }
        #expect("\(refusal, default: "")".contains("--accept-change"))

        var options = RunOptions()
        options.changedDefinition = .accept
        _ = try await coordinator.run(changed, options: options)
        let capitals = try connection.queryOne(
            "SELECT count(*) FROM city WHERE search_name = upper(name)",
            as: Int.self
        )
        #expect(capitals == 400)
    }

    @Test func `a restart fences the old workers and walks the whole table again`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 500, on: connection)
        let coordinator = Coordinator(try database.options)
        _ = try await coordinator.run(Cities.normalize)
        var options = RunOptions()
        options.existing = .restart

        let again = try await coordinator.run(Cities.normalize, options: options)

        #expect(again.progress.scanned == 500)
        #expect(again.progress.changed == 0)
        #expect(try connection.queryOne("SELECT count(*) FROM caisson.backfill_run", as: Int.self) == 2)
    }

    @Test func `control tables that were copied from another cluster are refused until adopted`() async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 500, on: connection)
        let coordinator = Coordinator(try database.options)
        try await coordinator.runFirstChunk(of: Cities.normalize)
        try connection.execute("UPDATE caisson.backfill_run SET system_identifier = '42'")

        let refusal = await #expect(throws: BackfillError.self) {
            _ = try await coordinator.run(Cities.normalize)
        }
        #expect("\(refusal, default: "")".contains("--adopt"))

        var options = RunOptions()
        options.foreignTables = .adopt
        #expect(try await coordinator.run(Cities.normalize, options: options).run.state == .verified)
    }

    @Test func `tables of a newer tool are left alone`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        let coordinator = Coordinator(try database.options)
        _ = try await coordinator.run(Cities.normalize)
        try connection.execute("UPDATE caisson.component SET version = 99 WHERE name = 'backfills'")

        await #expect(throws: ControlError.self) { _ = try await coordinator.run(Cities.sums) }
        await #expect(throws: ControlError.self) { _ = try await coordinator.statuses() }
        #expect(try connection.queryOne("SELECT count(*) FROM caisson.backfill_run", as: Int.self) == 1)
    }

    @Test func `a failed verification leaves the run completed and can be repeated`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 100, on: connection)
        let backfill = Cities.sql(
            "odd_only",
            where: "population % 2 = 1",
            verify: "SELECT count(*) FROM city WHERE search_name IS NULL",
            "UPDATE city SET search_name = 'x' FROM chunk WHERE city.id = chunk.id"
        )
        let coordinator = Coordinator(try database.options)

        let result = try await coordinator.run(backfill)
        #expect(result.run.state == .completed)
        #expect(result.run.verifyResult == 50)

        try connection.execute("UPDATE city SET search_name = 'y' WHERE search_name IS NULL")
        #expect(try await coordinator.verify(backfill).state == .verified)
    }

    @Test func `nothing but the events of a run is in the journal`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 100, on: connection)
        _ = try await Coordinator(database.options).run(Cities.normalize)

        let events = try connection.query(
            "SELECT event FROM caisson.event WHERE subject = 'normalize' ORDER BY id",
            as: String.self
        )
        #expect(events == ["backfill.started", "backfill.completed", "backfill.verified"])
    }
}

/// A connection for a callback; the mutex around it serialises its users.
private struct SendableConnection: @unchecked Sendable {
    let connection: Connection

    init(_ connection: Connection) throws {
        self.connection = connection
    }
}
