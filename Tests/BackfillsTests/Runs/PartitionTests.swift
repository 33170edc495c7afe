import Backfills
import Bulk
import Postgres
import Synchronization
import TestSupport
import Testing

/// Each table that holds rows of a partitioned one is walked by itself.
@Suite(.freshDatabase) struct PartitionTests {
    static let count = Cities.sql(
        "count",
        table: "thing",
        "UPDATE thing SET met = met + 1 FROM chunk WHERE thing.id = chunk.id AND thing.day = chunk.day"
    )

    @Test func `every leaf is walked by its own index, at any depth`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)

        let result = try await Coordinator(database.options).run(
            Self.count,
            options: .chunks(of: 500, workers: 2)
        )

        #expect(result.run.state == .completed)
        #expect(result.progress.scanned == 30_000)
        try Self.expectMet("thing", 30_000, times: 1, connection)
        let leaves = try connection.query(
            "SELECT DISTINCT walked_table::text FROM caisson.backfill_range ORDER BY 1",
            as: String.self
        )
        #expect(leaves == ["thing_2025", "thing_2026_even", "thing_2026_odd", "thing_other"])
    }

    @Test func `rows of other leaves with the same key are left alone`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        try connection.runScript(
            "CREATE INDEX ON thing (id); INSERT INTO thing SELECT id, '2027-01-01' FROM thing WHERE id <= 1000"
        )
        let backfill = Cities.sql(
            "by_id",
            table: "thing",
            key: ["id"],
            "UPDATE thing AS t SET met = t.met + 1 FROM chunk WHERE t.id = chunk.id"
        )

        _ = try await Coordinator(database.options).run(backfill, options: .chunks(of: 300))

        try Self.expectMet("thing", 31_000, times: 1, connection)
    }

    @Test func `a statement in which rows of other leaves would appear is refused`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        try connection.runScript("CREATE INDEX ON thing (id); CREATE TABLE copy (id bigint)")
        let backfill = Cities.sql(
            "by_id",
            table: "thing",
            key: ["id"],
            "INSERT INTO copy SELECT id FROM chunk JOIN thing USING (id)"
        )

        try await expectRefused(backfill, "is not unique over all parts of public.thing")
    }

    @Test func `an inherited table and its children are walked, and deleted from, one by one`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE TABLE thing (id bigint PRIMARY KEY, met integer NOT NULL DEFAULT 0);
            CREATE TABLE child (PRIMARY KEY (id)) INHERITS (thing);
            INSERT INTO thing SELECT generate_series(1, 500);
            INSERT INTO child SELECT generate_series(1, 700);
            """
        )
        let update = Cities.sql(
            "count",
            table: "thing",
            "UPDATE thing SET met = met + 1 FROM chunk WHERE thing.id = chunk.id"
        )
        let delete = Cities.sql(
            "thin",
            table: "thing",
            where: "thing.id % 2 = 0",
            "DELETE FROM thing USING chunk WHERE thing.id = chunk.id"
        )

        let coordinator = Coordinator(try database.options)
        let result = try await coordinator.run(update, options: .chunks(of: 90))
        #expect(result.progress.changed == 1200)
        try Self.expectMet("thing", 1200, times: 1, connection)
        let deleted = try await coordinator.run(delete, options: .chunks(of: 90))

        #expect(deleted.progress.changed == 600)
        #expect(try connection.queryOne("SELECT count(*) FROM thing WHERE id % 2 = 0", as: Int.self) == 0)
    }

    @Test func `a leaf that is detached or dropped is passed over, one that is attached is walked`()
        async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        let backfill = Cities.sql(
            "count",
            table: "thing",
            where: "met = 0",
            "UPDATE thing SET met = met + 1 FROM chunk WHERE thing.id = chunk.id AND thing.day = chunk.day"
        )
        let stop = StopSignal()
        stop.request()
        let coordinator = Coordinator(try database.options)
        _ = try await coordinator.run(backfill, stop: stop)
        try connection.runScript(
            """
            ALTER TABLE thing DETACH PARTITION thing_2025;
            DROP TABLE thing_2026_odd;
            CREATE TABLE thing_2025_new (LIKE thing INCLUDING ALL);
            INSERT INTO thing_2025_new SELECT n, '2025-05-05' FROM generate_series(1, 250) AS n;
            ALTER TABLE thing ATTACH PARTITION thing_2025_new FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
            """
        )
        let gone = Mutex(0)

        let result = try await coordinator.run(backfill, options: .chunks(of: 500)) {
            if case .partGone = $0 { gone.withLock { $0 += 1 } }
        }

        #expect(result.run.state == .completed)
        #expect(gone.withLock { $0 } > 0)
        try Self.expectMet("thing_2025", 10_000, times: 0, connection)
        try Self.expectMet("thing_2025_new", 250, times: 1, connection)
        try Self.expectMet("thing", 10_250, times: 1, connection)
    }

    @Test(arguments: [false, true])
    func `a leaf that is detached in the middle of its walk is left as it is then`(
        inSwift: Bool
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        let options = try database.options
        let backfill = inSwift ? try CountInSwift().definition() : Self.count
        let isDetached = Atomic(false)

        let result = try await Coordinator(database.options).run(backfill, options: .chunks(of: 100)) {
            if case .chunk = $0, !isDetached.exchange(true, ordering: .relaxed) {
                // The reader of rows holds the leaf for as long as its cursor is open.
                let statement: SQL =
                    inSwift
                    ? "ALTER TABLE thing_2026_even RENAME TO renamed"
                    : "ALTER TABLE thing DETACH PARTITION thing_2025"
                _ = try? Connection(options).execute(statement)
            }
        }

        #expect(result.run.state == .completed)
        if inSwift {
            try Self.expectMet("thing", 30_000, times: 1, connection)
        } else {
            let met = try connection.queryOne("SELECT count(*) FROM thing_2025 WHERE met = 1", as: Int.self)
            #expect(met == 100)
            try Self.expectMet("thing", 20_000, times: 1, connection)
        }
    }

    @Test func `a row of a leaf that cannot be applied is recorded, mended and retried there`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        try connection.execute(
            "ALTER TABLE thing_2026_odd ADD CONSTRAINT small CHECK (id <> 20001 OR met = 0)"
        )
        var options = RunOptions.chunks(of: 1000)
        options.maxSkipped = 1
        let coordinator = Coordinator(try database.options)

        let result = try await coordinator.run(Self.count, options: options)
        #expect(result.progress.skipped == 1)
        #expect(result.progress.changed == 29_999)
        try connection.execute("ALTER TABLE thing_2026_odd DROP CONSTRAINT small")
        let retried = try await coordinator.retrySkipped(Self.count)

        #expect(retried.left == 0)
        try Self.expectMet("thing", 30_000, times: 1, connection)
    }

    @Test func `partitions without a key are walked by the places of their rows`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        let backfill = Cities.sql(
            "places",
            table: "thing",
            key: ["ctid"],
            where: "thing.met = 0",
            "UPDATE thing SET met = met + 1 FROM chunk WHERE thing.ctid = chunk.ctid"
        )

        let result = try await Coordinator(database.options).run(
            backfill,
            options: .chunks(of: 800, workers: 2)
        )

        #expect(result.progress.changed == 30_000)
        try Self.expectMet("thing", 30_000, times: 1, connection)
    }

    @Test func `setting the column by which a table is partitioned is refused`() async throws {
        let database = try TestDatabase.current
        try Self.create(on: database.connection())

        try await expectRefused(
            Cities.sql(
                "move",
                table: "thing",
                key: ["id", "met"],
                "UPDATE thing SET day = day + 1 FROM chunk WHERE thing.id = chunk.id"
            ),
            "by which public.thing is partitioned",
            preparation: "CREATE INDEX ON thing (id, met)"
        )
    }

    @Test func `a foreign table among the partitions is refused by name`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE TABLE thing (id bigint NOT NULL, met integer NOT NULL DEFAULT 0) PARTITION BY RANGE (id);
            CREATE INDEX ON thing (id);
            CREATE FOREIGN DATA WRAPPER nothing;
            CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing;
            CREATE FOREIGN TABLE thing_far PARTITION OF thing FOR VALUES FROM (1) TO (100) SERVER elsewhere;
            """
        )

        try await expectRefused(
            Cities.sql(
                "far",
                table: "thing",
                key: ["id"],
                "UPDATE thing SET met = 1 FROM chunk WHERE thing.id = chunk.id"
            ),
            "public.thing_far is a foreign table"
        )
    }

    @Test func `a run that an older version began goes on over the table as a whole`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        let coordinator = Coordinator(try database.options)
        let stop = StopSignal()
        stop.request()
        _ = try await coordinator.run(Self.count, stop: stop)
        try connection.runScript(
            """
            DELETE FROM caisson.backfill_range WHERE ordinal > 1;
            UPDATE caisson.backfill_range SET lower_bound = NULL, cursor = NULL, upper_bound = '{30000,2026-11-11}';
            ALTER TABLE caisson.backfill_range DROP COLUMN walked_table, DROP COLUMN walk, DROP COLUMN pass,
                DROP COLUMN file_node, DROP COLUMN toast_table;
            ALTER TABLE caisson.backfill_run DROP COLUMN chunk_statements, DROP COLUMN chunk_reason,
                DROP COLUMN source_oid, DROP COLUMN settings, DROP COLUMN verify_query;
            ALTER TABLE caisson.backfill_skipped DROP COLUMN import_id, DROP COLUMN line, DROP COLUMN text;
            UPDATE caisson.component SET version = 1 WHERE name = 'backfills';
            """
        )
        #expect(try await coordinator.skippedRows(of: "count").isEmpty)

        let result = try await coordinator.run(Self.count)

        #expect(result.run.state == .completed)
        #expect(result.progress.changed == 30_000)
        try Self.expectMet("thing", 30_000, times: 1, connection)
    }

    /// 10,000 rows of 2025, 20,000 of 2026 in two tables of the second level, and an empty default partition.
    private static func create(on connection: Connection) throws {
        try connection.runScript(
            """
            CREATE TABLE thing (
                id bigint NOT NULL, day date NOT NULL, met integer NOT NULL DEFAULT 0, PRIMARY KEY (id, day)
            ) PARTITION BY RANGE (day);
            CREATE TABLE thing_2025 PARTITION OF thing FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
            CREATE TABLE thing_2026 PARTITION OF thing FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
                PARTITION BY LIST (day);
            CREATE TABLE thing_2026_even PARTITION OF thing_2026 FOR VALUES IN ('2026-02-02');
            CREATE TABLE thing_2026_odd PARTITION OF thing_2026 DEFAULT;
            CREATE TABLE thing_other PARTITION OF thing DEFAULT;
            INSERT INTO thing SELECT n, '2025-03-03' FROM generate_series(1, 10000) AS n;
            INSERT INTO thing SELECT n, '2026-02-02' FROM generate_series(10001, 20000) AS n;
            INSERT INTO thing SELECT n, '2026-07-07' FROM generate_series(20001, 25000) AS n;
            INSERT INTO thing SELECT n, '2026-11-11' FROM generate_series(25001, 30000) AS n;
            ANALYZE thing;
            """
        )
    }

    private static func expectMet(
        _ table: String,
        _ rows: Int,
        times: Int,
        _ connection: Connection
    ) throws {
        let found = try connection.queryOne(
            "SELECT count(*), min(met), max(met) FROM \(identifier: Identifier(table))",
            as: Int.self,
            Int.self,
            Int.self
        )
        #expect(found == (rows, times, times), "\(table)")
    }

    private func expectRefused(
        _ backfill: Backfill,
        _ message: String,
        preparation: String = ""
    ) async throws {
        let database = try TestDatabase.current
        try database.connection().runScript(preparation)
        let failure = await #expect(throws: (any Error).self) {
            _ = try await Coordinator(database.options).run(backfill)
        }
        #expect("\(failure, default: "")".contains(message), "\(String(describing: failure))")
    }
}

/// Adds one to each row.
private struct CountInSwift: RowBackfill {
    let name = "count_in_swift"
    let source = Source(table: "thing", key: "", columns: "id", "day", "met")
    let sink = Sink.update("thing", key: ["id", "day"], set: ["met"])

    func transform(_ row: Row, into output: inout Output) throws {
        let (id, day, met) = try row.decode(Int64.self, String.self, Int32.self)
        try output.write(id, day, met + 1)
    }
}
