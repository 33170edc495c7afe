import Postgres
import TestSupport
import Testing

@testable import Bulk

@Suite(.freshDatabase)
struct ChunkRetryTests {
    /// A ledger whose transactions fail some times, at their beginning or at their end.
    final class FlakyLedger: ImportLedger {
        var failingClaims: Int
        var failingRecords: Int
        private(set) var offsets: [Int] = []

        init(claims: Int, records: Int) {
            (failingClaims, failingRecords) = (claims, records)
        }

        func opening(at position: RecordPosition) -> [SQL] {
            offsets.append(position.offset)
            guard failingClaims > 0 else { return [] }
            failingClaims -= 1
            return [Self.failure("55P03")]
        }

        func claim(_ answers: ArraySlice<ResultSet>, at position: RecordPosition) throws {}

        func closing(
            _ checkpoint: ImportCheckpoint,
            from position: RecordPosition,
            on connection: Connection
        ) throws -> [SQL] {
            guard failingRecords > 0 else { return [] }
            failingRecords -= 1
            return [Self.failure("40P01")]
        }

        private static func failure(_ code: String) -> SQL {
            SQL(unsafe: "DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = '\(code)'; END $$")
        }
    }

    @Test(arguments: [(0, 0), (2, 0), (0, 2), (2, 2)], [ImportConflict.error, .update(key: ["n"])])
    func `a chunk that met others is stored again, once`(
        _ failures: (claims: Int, records: Int),
        _ conflict: ImportConflict
    ) throws {
        let connection = try connection(running: "CREATE TABLE kept (n int PRIMARY KEY, t text)")
        let text = "n,t\n" + (1...40_000).map { "\($0),some text to make it longer\n" }.joined()
        let ledger = FlakyLedger(claims: failures.claims, records: failures.records)
        let result = try withFile(Array(text.utf8)) { source in
            var load = FileImport(source, into: "kept")
            load.onConflict = conflict
            var settings = ChunkedImport.Settings()
            settings.chunkSize = 1
            return try ChunkedImport.run(
                load,
                from: ChunkedImport.Start(),
                settings,
                ledger: ledger,
                on: connection
            ) { _ in }
        }
        #expect(result.rowsRead == 40_000 && result.outcome.inserted == 40_000)
        #expect(try connection.lines("SELECT count(*), sum(n) FROM kept") == ["40000|800020000"])
        #expect(Set(ledger.offsets).count == ledger.offsets.count - failures.claims - failures.records)
    }
}
