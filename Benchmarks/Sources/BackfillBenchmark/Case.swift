import Backfills
import Bulk
import Foundation
import Measuring
import Postgres

/// The ways to set one column from another in a whole table.
enum Case: String, CaseIterable {
    case singleUpdate = "single-update"
    case sqlOneWorker = "sql-1"
    case sqlTwoWorkers = "sql-2"
    case rowsOneWorker = "rows-1"
    case rowsTwoWorkers = "rows-2"

    /// The name in the table of results.
    var title: String {
        switch self {
        case .singleUpdate: "one single UPDATE"
        case .sqlOneWorker: "SQL backfill, 1 worker"
        case .sqlTwoWorkers: "SQL backfill, 2 workers"
        case .rowsOneWorker: "row backfill, 1 worker"
        case .rowsTwoWorkers: "row backfill, 2 workers"
        }
    }

    /// Runs it on a fresh table and returns the seconds; checks that every row was changed.
    func run(on options: ConnectionOptions, rows: Int) async throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        switch self {
        case .singleUpdate: try Connection(options).execute("UPDATE item SET b = upper(a)")
        case .sqlOneWorker: try await backfill(Self.statement, workers: 1, options)
        case .sqlTwoWorkers: try await backfill(Self.statement, workers: 2, options)
        case .rowsOneWorker: try await backfill(UpperCase().definition(), workers: 1, options)
        case .rowsTwoWorkers: try await backfill(UpperCase().definition(), workers: 2, options)
        }
        let elapsed = clock.now - start
        let done = try Connection(options).queryOne(
            "SELECT count(*) FROM item WHERE b = upper(a)",
            as: Int.self
        )
        guard done == rows else { throw BenchmarkError("\(rawValue) changed \(done) of \(rows) rows") }
        return elapsed.inSeconds
    }

    private func backfill(_ backfill: Backfill, workers: Int, _ connection: ConnectionOptions) async throws {
        var options = RunOptions()
        options.workers = workers
        _ = try await Coordinator(connection).run(backfill, options: options)
    }

    private static var statement: Backfill {
        get throws {
            try BackfillDirectory(path: URL(fileURLWithPath: #filePath).deletingLastPathComponent().path)
                .backfill(named: "upper_case")
        }
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
