import Bulk
import Imports
import Measuring
import Postgres

/// What is measured. The tables are made by `bulk.py`; the rows are made here while they are sent.
enum BulkCase: String {
    case copy, insert, upsert, read
    case copyColumns = "copy-columns"
    case importFile = "import"
    case importByTwo = "import-2"

    /// Runs it and returns what it took; checks that every row came through.
    func run(on connection: Connection, rows: Int, file: String) throws -> CaseResult {
        let columns = self == .copyColumns ? ItemColumns(rows) : nil
        // To give them back is not what is measured.
        defer { withExtendedLifetime(columns) {} }
        let clock = ContinuousClock()
        let (start, cpuBefore) = (clock.now, CaseResult.cpuSecondsOfThisProcess)
        let count =
            switch self {
            case .copy: try copy(rows, connection)
            case .copyColumns: try columns?.copy(to: connection) ?? 0
            case .insert:
                // By itself it would be a COPY.
                try write(
                    .insert(into: "item", columns: ["id", "name", "note"]),
                    rows,
                    connection,
                    method: .only(.unnest)
                )
            case .upsert:
                try write(
                    .upsert(into: "item", columns: ["id", "name", "note"], conflict: ["id"]),
                    rows,
                    connection
                )
            case .read: try read(connection)
            case .importFile: try importFile(file, workers: 1, connection)
            case .importByTwo: try importFile(file, workers: 2, connection)
            }
        let (elapsed, cpuAfter) = (clock.now - start, CaseResult.cpuSecondsOfThisProcess)
        guard count == rows else { throw BenchmarkError("\(rawValue) did \(count) of \(rows) rows") }
        return CaseResult(seconds: elapsed.inSeconds, ownSeconds: cpuAfter - cpuBefore)
    }

    private func copy(_ rows: Int, _ connection: Connection) throws -> Int {
        let (names, notes) = (Self.names, Self.notes)
        return try connection.copyRows(into: "item", columns: ["id", "name", "note"]) { writer in
            for id in 1...rows { try writer.write(Int64(id), names[id % 1000], notes[id % 1000]) }
        }
    }

    private func write(
        _ sink: Sink,
        _ rows: Int,
        _ connection: Connection,
        method: WriteOptions.Method = .automatic
    ) throws -> Int {
        let (names, notes) = (Self.names, Self.notes)
        let options = WriteOptions(method: method)
        return try connection.write(1...rows, to: sink, options: options) { id, batch in
            try batch.append(Int64(id), names[id % 1000], notes[id % 1000])
        }.outcome.changed
    }

    private func read(_ connection: Connection) throws -> Int {
        try connection.transaction { connection in
            try connection.withCursor(for: "SELECT id, name, note FROM item") { cursor in
                var (count, sum) = (0, Int64(0))
                try cursor.forEachBlock(of: 2_000) { block in
                    for row in block {
                        let (id, name, note) = try row.decode(Int64.self, String.self, String.self)
                        sum &+= id &+ Int64(name.utf8.count &+ note.utf8.count)
                        count += 1
                    }
                    return .more
                }
                return sum == 0 ? 0 : count
            }
        }
    }

    /// Without ANALYZE at the end, as `\copy` has none.
    private func importFile(_ file: String, workers: Int, _ connection: Connection) throws -> Int {
        var resumable = ResumableImport(FileImport(.file(file), into: "item"))
        (resumable.load.statistics, resumable.workers) = (.never, workers)
        guard case .imported(let result) = try resumable.run(on: connection) else { return 0 }
        return result.rowsStored
    }

    /// The texts are ready, as those of the peers are: their making is not what is measured.
    fileprivate static let names = (0..<1000).map { "name of item \($0)" }
    fileprivate static let notes = (0..<1000).map { "a note about it, number \($0)" }
}

/// The rows as columns. They are made before the clock starts, as those of the peers that take columns are.
private struct ItemColumns {
    private let ids: [Int64]
    private let names: [String]
    private let notes: [String]

    init(_ rows: Int) {
        ids = (1...Int64(rows)).map { $0 }
        names = ids.map { BulkCase.names[Int($0 % 1000)] }
        notes = ids.map { BulkCase.notes[Int($0 % 1000)] }
    }

    func copy(to connection: Connection) throws -> Int {
        try connection.copyRows(into: "item", columns: ["id", "name", "note"]) { rows in
            try rows.write(columns: ids, names, notes)
        }
    }
}
