import Bulk
import Foundation
import Imports
import Postgres
import Synchronization
import TestSupport
import Testing

/// Several workers send the rows of one file. Whatever happens, the table and the record are what one worker makes of it.
@Suite(.freshDatabase) struct SharedImportTests {
    private static let count = 40_000

    enum Kind: CaseIterable { case csv, gzip, ndjson }

    /// A file of some chunks, with what makes an import difficult.
    struct Trial: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let kind: Kind
        var conflict = ImportConflict.error
        var maxSkipped = 0
        /// The numbers of the rows, by their places.
        var number: @Sendable (Int) -> String = { "\($0)" }

        static let all: [Trial] =
            Kind.allCases.map { Trial(testDescription: "\($0)", kind: $0) } + [
                // Each key comes in two chunks.
                Trial(
                    testDescription: "update",
                    kind: .csv,
                    conflict: .update(key: nil),
                    number: { "\($0 % (count / 2))" }
                ),
                Trial(
                    testDescription: "nothing",
                    kind: .gzip,
                    conflict: .doNothing(key: nil),
                    number: { "\($0 % (count / 2))" }
                ),
                Trial(
                    testDescription: "bad rows",
                    kind: .csv,
                    maxSkipped: 100,
                    number: { $0 % 9_000 == 0 ? "x" : "\($0)" }
                ),
                Trial(
                    testDescription: "bad rows, packed",
                    kind: .gzip,
                    maxSkipped: 100,
                    number: { $0 % 30_000 == 0 ? "x" : "\($0)" }
                ),
                // The later row of each pair is refused; its chunk is sent while that of the first is not committed.
                Trial(
                    testDescription: "twins in neighbouring chunks",
                    kind: .csv,
                    maxSkipped: 100,
                    number: { $0 % 8_000 == 0 ? "\($0 - 4_000)" : "\($0)" }
                ),
                Trial(
                    testDescription: "too many bad rows",
                    kind: .ndjson,
                    maxSkipped: 2,
                    number: { $0 % 9_000 == 0 ? "x" : "\($0)" }
                ),
                Trial(
                    testDescription: "a row that is refused",
                    kind: .csv,
                    number: { $0 == 30_001 ? "7" : "\($0)" }
                ),
            ]

        func file() throws -> ResumableImportTests.TemporaryFile {
            let filling = String(repeating: "to make it longer ", count: 4)
            let rows = (1...count).map { row in
                kind == .ndjson
                    ? "{\"n\":\"\(number(row))\",\"t\":\"row \(row) \(filling)\"}\n"
                    : "\(number(row)),\"row \(row) \(filling)\"\n"
            }
            let text = (kind == .ndjson ? "" : "n,t\n") + rows.joined()
            let file = try ResumableImportTests.TemporaryFile(
                text,
                suffix: kind == .ndjson ? ".ndjson" : ".csv"
            )
            if kind == .gzip { try file.pack() }
            return file
        }
    }

    /// How an import ended, as far as the number of its workers must not matter.
    private static func outcome(
        of file: ResumableImportTests.TemporaryFile,
        _ trial: Trial,
        workers: Int
    ) async throws -> [String] {
        let table = "kept_\(workers)"
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE \(table) (n int PRIMARY KEY, t text)")
        var resumable = ResumableImport(FileImport(.file(file.path), into: table))
        (resumable.load.onConflict, resumable.maxSkipped) = (trial.conflict, trial.maxSkipped)
        (resumable.chunkSize, resumable.workers) = (1, workers)
        let end: String
        do {
            let result = try await ResumableImportTests.imported(
                resumable.run(over: TestDatabase.current.session())
            )
            end = "\(result.rowsRead) \(result.rowsSkipped) \(result.outcome)"
        } catch {
            end = "\(error)".replacing(table, with: "kept")
        }
        let rows = try connection.query(
            "SELECT md5(string_agg(k::text, ',' ORDER BY n)) FROM \(identifier: table) AS k",
            as: String?.self
        )
        let record = try connection.query(
            """
            SELECT concat_ws(' ', state, byte_offset, line, records, rows_read, rows_inserted, rows_updated, rows_duplicate,
                             rows_skipped, content_sha256, head_sha256)
            FROM caisson.import_run WHERE target = \("public.\(table)")
            """,
            as: String.self
        )
        let skipped = try resumable.skippedRows(on: connection)
            .map { "\($0.line) \($0.text) \($0.reason)".replacing(table, with: "kept") }
        // The first chunk of workers is smaller, so that a stop may leave another part of the file stored, up to a row.
        return [end] + rows.map { $0 ?? "none" } + record + skipped
    }

    @Test(arguments: Trial.all)
    func `three workers store what one does`(_ trial: Trial) async throws {
        let file = try trial.file()
        let alone = try await Self.outcome(of: file, trial, workers: 1)
        let shared = try await Self.outcome(of: file, trial, workers: 3)
        #expect(alone == shared)
    }

    @Test func `chunks that change the same row take turns, and one worker goes on`() async throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript(
            """
            CREATE TABLE kept (n int, t text);
            CREATE TABLE total (rows bigint);
            INSERT INTO total VALUES (0);
            CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                -- Every other chunk is slow, so that the one behind it comes before it.
                PERFORM pg_sleep(1) WHERE (SELECT min(n) / 4000 FROM new_rows) % 2 = 0;
                UPDATE total SET rows = rows + (SELECT count(*) FROM new_rows);
                RETURN NULL;
            END $$;
            CREATE TRIGGER count_rows AFTER INSERT ON kept REFERENCING NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
            """
        )
        let file = try ResumableImportTests.TemporaryFile(ResumableImportTests.whole)
        var resumable = ResumableImportTests.resumable(file)
        resumable.workers = 3
        let alone = Mutex(0)
        let end = try await resumable.run(over: TestDatabase.current.session()) { event in
            if case .goesOnAlone = event { alone.withLock { $0 += 1 } }
        }
        #expect(try ResumableImportTests.imported(end).rowsRead == ResumableImportTests.count)
        #expect(alone.withLock { $0 } == 1)
        let total = try connection.queryOne("SELECT rows FROM total", as: Int.self)
        #expect(
            try total == ResumableImportTests.count && ResumableImportTests.numbers(connection)[0] == total
        )
    }

    @Test(arguments: [
        (FaultTrigger.statement(containing: "COMMIT"), Fault.loseReply),
        (.statement(containing: "COMMIT"), .loseRequest),
        (.message("d", skipping: 2), .loseRequest), (.message("c"), .loseReply),
    ])
    func `connections are lost again and again, and every row is stored once`(
        _ trigger: FaultTrigger,
        _ fault: Fault
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript("CREATE TABLE kept (n int, t text)")
        let file = try ResumableImportTests.TemporaryFile(ResumableImportTests.whole)
        var resumable = ResumableImportTests.resumable(file)
        resumable.workers = 3
        try await withFaultProxy(for: database) { proxy in
            let seen = Mutex((stored: 0, losses: 0))
            let end = try await resumable.run(over: Session(proxy.options)) { event in
                if case .retrying = event { seen.withLock { $0.losses += 1 } }
                guard case .stored = event else { return }
                let stored = seen.withLock { seen in
                    seen.stored += 1
                    return seen.stored
                }
                if stored.isMultiple(of: 2), stored < 8 { _ = proxy.arm(trigger, fault) }
            }
            #expect(try ResumableImportTests.imported(end).rowsRead == ResumableImportTests.count)
            #expect(seen.withLock { $0.losses } > 0)
        }
        let sum = (1...ResumableImportTests.count).reduce(0, +)
        #expect(try ResumableImportTests.numbers(connection) == [ResumableImportTests.count, sum])
    }

    @Test func `whoever stops the import does not wait for a lock that a worker waits for`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript("CREATE TABLE kept (n int PRIMARY KEY, t text)")
        let file = try ResumableImportTests.TemporaryFile(ResumableImportTests.whole)
        var resumable = ResumableImportTests.resumable(file)
        resumable.workers = 2
        // The last row is somebody's who does not commit.
        let other = try database.connection()
        try other.runScript("BEGIN; INSERT INTO kept VALUES (\(ResumableImportTests.count), 'theirs')")
        let running = Task { [resumable] in try await resumable.run(over: database.session()) }
        try await eventually("a worker to wait") { try connection.lockWaiters(running: "COPY%") == 1 }
        running.cancel()
        let error = await #expect(throws: ImportRunError.self) { _ = try await running.value }
        #expect(error?.description.hasPrefix("The import was interrupted.") == true)
        // Nothing of it is left on the server, and the same import goes on.
        try other.runScript("ROLLBACK")
        let end = try await resumable.run(over: database.session())
        #expect(try ResumableImportTests.imported(end).rowsRead == ResumableImportTests.count)
        #expect(try ResumableImportTests.numbers(connection)[0] == ResumableImportTests.count)
    }

    @Test func `what cannot be shared is refused`() async throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE kept (n int PRIMARY KEY, t text, parent int REFERENCES kept)")
        let file = try ResumableImportTests.TemporaryFile("n,t\n1,a\n")
        var resumable = ResumableImportTests.resumable(file)
        resumable.workers = 2
        #expect {
            _ = try resumable.run(on: connection)
        } throws: { error in
            guard case ImportRunError.cannotShare(.selfReferencing, _) = error else { return false }
            return true
        }
    }
}
