import Backfills
import Bulk
import Foundation
import Measuring
import Postgres
import Synchronization

/// The ways to set one column from another in a whole table.
enum Case: String, CaseIterable {
    case singleUpdate = "single-update"
    case twoHalves = "two-halves"
    case sqlOneWorker = "sql-1"
    case sqlTwoWorkers = "sql-2"
    case rowsOneWorker = "rows-1"
    case rowsTwoWorkers = "rows-2"
    case psycopg
    case sqlalchemy

    /// Who runs it.
    enum Runner {
        case swift
        case python
    }

    var runner: Runner {
        switch self {
        case .psycopg, .sqlalchemy: .python
        default: .swift
        }
    }

    /// The name in the table of results.
    var title: String {
        switch self {
        case .singleUpdate: "one single UPDATE"
        case .twoHalves: "two psql, an UPDATE of half the table each"
        case .sqlOneWorker: "SQL backfill, 1 worker"
        case .sqlTwoWorkers: "SQL backfill, 2 workers"
        case .rowsOneWorker: "row backfill, 1 worker"
        case .rowsTwoWorkers: "row backfill, 2 workers"
        case .psycopg: "psycopg, cursor + unnest"
        case .sqlalchemy: "SQLAlchemy, yield_per + executemany"
        }
    }

    /// What is aimed at: the most seconds as a multiple of another case's.
    var goal: (times: Double, of: Case)? {
        switch self {
        case .sqlOneWorker: (1.10, .singleUpdate)
        case .sqlTwoWorkers: (1.05, .twoHalves)
        case .psycopg: (2, .rowsTwoWorkers)
        case .sqlalchemy: (4, .rowsTwoWorkers)
        default: nil
        }
    }

    /// Runs it and says what it took.
    func run(on url: String) async throws -> CaseResult {
        let clock = ContinuousClock()
        let options = try ConnectionOptions(url)
        let start = clock.now
        switch self {
        case .singleUpdate: try Connection(options).execute("UPDATE item SET b = upper(a)")
        case .twoHalves: try await Self.updateHalves(url)
        case .sqlOneWorker: return try await backfill(Self.statement, workers: 1, options)
        case .sqlTwoWorkers: return try await backfill(Self.statement, workers: 2, options)
        case .rowsOneWorker: return try await backfill(UpperCase().definition(), workers: 1, options)
        case .rowsTwoWorkers: return try await backfill(UpperCase().definition(), workers: 2, options)
        case .psycopg, .sqlalchemy: throw BenchmarkError("\(rawValue) is run by backfill.py")
        }
        return CaseResult(seconds: (clock.now - start).inSeconds)
    }

    /// What two hands can do without chunks and without a record of where they are.
    private static func updateHalves(_ url: String) async throws {
        let rows = try Connection(ConnectionOptions(url)).queryOne("SELECT max(id) FROM item", as: Int64.self)
        try await withThrowingTaskGroup { group in
            for half in ["id <= \(rows / 2)", "id > \(rows / 2)"] {
                group.addTask {
                    try await BenchmarkServer.finish(
                        "psql",
                        ["-qXd", url, "-c", "UPDATE item SET b = upper(a) WHERE \(half)"]
                    )
                }
            }
            try await group.waitForAll()
        }
    }

    private func backfill(
        _ backfill: Backfill,
        workers: Int,
        _ connection: ConnectionOptions
    ) async throws -> CaseResult {
        var options = RunOptions()
        options.workers = workers
        let clock = ContinuousClock()
        let start = clock.now
        let closing = Mutex<ContinuousClock.Instant?>(nil)
        _ = try await Coordinator(connection).run(backfill, options: options) { event in
            switch event {
            case .analyzing, .verifying: closing.withLock { $0 = $0 ?? clock.now }
            default: break
            }
        }
        let end = clock.now
        let closed = closing.withLock { $0 } ?? end
        return CaseResult(seconds: (closed - start).inSeconds, closingSeconds: (end - closed).inSeconds)
    }

    static var statement: Backfill {
        get throws { try backfill(named: "upper_case") }
    }

    /// One of the SQL files beside this one.
    static func backfill(named name: String) throws -> Backfill {
        try BackfillDirectory(path: URL(fileURLWithPath: #filePath).deletingLastPathComponent().path)
            .backfill(named: name)
    }
}

/// The same in Swift.
struct UpperCase: RowBackfill {
    let name = "upper_case_rows"
    let source = Source(table: "item", key: "id", columns: "id", "a")
    let sink = Sink.update("item", key: ["id"], set: ["b"])

    func transform(_ row: Row, into output: inout Output) throws {
        let (id, text) = try row.decode(Int64.self, String.self)
        try output.write(id, text.uppercased())
    }
}
