import Backfills
import Postgres
import Synchronization
import TestSupport
import Testing

/// Who holds up a run is told while it waits.
@Suite(.freshDatabase) struct BlockedRunTests {
    /// The size of a table, which is asked first of all, is not told while a transaction has the table for itself.
    @Test func `before its first range, by one who has the table for himself`() async throws {
        let (database, holder) = try Self.locked("LOCK TABLE city")
        try await Self.expectTold(database, holder, range: nil)
    }

    @Test func `in a chunk, by one who has locked rows`() async throws {
        let (database, holder) = try Self.locked("SELECT FROM city FOR UPDATE")
        try await Self.expectTold(database, holder, range: 1)
    }

    private static func locked(_ statement: SQL) throws -> (TestDatabase, Connection) {
        let database = try TestDatabase.current
        let holder = try database.connection()
        try Cities.create(rows: 10, on: holder)
        try holder.runScript("BEGIN")
        try holder.execute(statement)
        return (database, holder)
    }

    private static func expectTold(_ database: TestDatabase, _ holder: Connection, range: Int?) async throws {
        let told = Gate("it is told who is in the way")
        let place = Mutex<Int?>(-1)
        let backend = "\(holder.backendID)"
        let options = try database.options
        let running = Task {
            try await Coordinator(options).run(Cities.normalize) { event in
                guard case .blocked(let range, let blockers) = event, blockers.contains(backend)
                else { return }
                place.withLock { $0 = range }
                told.open()
            }
        }
        try await told.wait()
        #expect(place.withLock { $0 } == range)
        holder.close()
        #expect(try await running.value.run.state == .verified)
    }
}
