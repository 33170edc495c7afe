import Foundation
import Postgres
import TestSupport
import Testing

@testable import Bulk

/// The server may refuse a row while the chunk is still being read.
@Suite(.freshDatabase)
struct EarlyRefusalTests {
    final class NoLedger: ImportLedger {
        func opening(at position: RecordPosition) -> [SQL] { [] }
        func claim(_ answers: ArraySlice<ResultSet>, at position: RecordPosition) throws {}
        func closing(
            _ checkpoint: ImportCheckpoint,
            from position: RecordPosition,
            on connection: Connection
        ) throws -> [SQL] { [] }
    }

    static let rows = 60_000

    @Test func `the rest of the chunk is read, and its good rows are stored`() async throws {
        let connection = try connection(running: "CREATE TABLE kept (n int PRIMARY KEY, t text)")
        let path = FileManager.default.temporaryDirectory.path + "/caisson-fifo-\(UUID().uuidString)"
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        let lines = (1...Self.rows).map { "\($0 == 100 ? "x" : "\($0)"),some text to make it longer\n" }
        let observer = try TestDatabase.current.connection()

        async let written: Void = Self.write(
            "n,t\n" + lines.prefix(30_000).joined(),
            andWhenRefused: lines.dropFirst(30_000).joined(),
            to: path,
            watching: observer
        )
        let session = try TestDatabase.current.session()
        let result = try await session.withConnection { connection in
            var settings = ChunkedImport.Settings()
            (settings.chunkSize, settings.maxSkipped, settings.commits) = (4 << 20, 1, .atTheEnd)
            return try ChunkedImport.run(
                FileImport(.file(path), into: "kept"),
                from: ChunkedImport.Start(),
                settings,
                ledger: NoLedger(),
                on: connection
            ) { _ in }
        }
        try await written

        #expect(result.rowsRead == Self.rows && result.outcome.inserted == Self.rows - 1)
        #expect(try connection.lines("SELECT count(*) FROM kept") == ["\(Self.rows - 1)"])
    }

    private static func write(
        _ first: String,
        andWhenRefused rest: String,
        to path: String,
        watching observer: sending Connection
    ) async throws {
        let pipe = try await Task.detached { try Self.open(path, first) }.value
        try await eventually("the server has refused a row") {
            try observer.queryOne(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND state = 'idle in transaction (aborted)'
                """,
                as: Int.self
            ) == 1
        }
        try await Task.detached {
            try pipe.write(contentsOf: Data(rest.utf8))
            try pipe.close()
        }.value
    }

    private static func open(_ path: String, _ first: String) throws -> FileHandle {
        // An import that ends early must not end the tests.
        signal(SIGPIPE, SIG_IGN)
        let pipe = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try pipe.write(contentsOf: Data(first.utf8))
        return pipe
    }
}
