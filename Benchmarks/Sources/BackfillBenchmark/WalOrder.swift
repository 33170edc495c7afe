import Backfills
import Measuring
import Postgres
import Synchronization

/// How much log a backfill of a table with random keys writes, by key and by place.
///
/// The first change of a page after a checkpoint writes the whole page to the log, and in the order of random keys nearly
/// every row of a chunk is on a page of its own.
struct WalOrder {
    let server: BenchmarkServer
    let rows: Int

    private static let checkpoints = [50_000, 250_000]
    private static let fillFactors = [100, 45]

    func run() async throws {
        print("\n\(rows) rows with random uuid keys: bytes of log for each row\n")
        print("| a checkpoint every | pages filled to | by key | by place |")
        print("|---|---|---|---|")
        for fillFactor in Self.fillFactors {
            for every in Self.checkpoints {
                let byKey = try await bytes(of: "random_by_key", fillFactor, every)
                let byPlace = try await bytes(of: "random_by_place", fillFactor, every)
                print("| \(every) rows | \(fillFactor) % | \(byKey) | \(byPlace) |")
            }
        }
    }

    private func bytes(of name: String, _ fillFactor: Int, _ every: Int) async throws -> Int {
        let connection = try Connection(ConnectionOptions(server.url))
        try fill(fillFactor, connection)
        let start = try connection.queryOne("SELECT pg_current_wal_insert_lsn()::text", as: String.self)
        try await backfill(name, checkpointEvery: every)
        let written = try connection.queryOne(
            "SELECT (pg_current_wal_insert_lsn() - \(start)::pg_lsn)::bigint",
            as: Int.self
        )
        return written / rows
    }

    private func fill(_ fillFactor: Int, _ connection: Connection) throws {
        try connection.runScript(
            """
            DROP TABLE IF EXISTS thing;
            DROP SCHEMA IF EXISTS caisson CASCADE;
            CREATE TABLE thing (id uuid PRIMARY KEY, a text NOT NULL, b text) WITH (fillfactor = \(fillFactor));
            INSERT INTO thing
                SELECT gen_random_uuid(), 'thing ' || md5(number::text), NULL FROM generate_series(1, \(rows)) AS number;
            """
        )
        try connection.execute("VACUUM (FREEZE, ANALYZE) thing")
        try connection.execute("CHECKPOINT")
    }

    private func backfill(_ name: String, checkpointEvery every: Int) async throws {
        let connection = try ConnectionOptions(server.url)
        let passed = Mutex(0)
        var options = RunOptions()
        options.sizing = .fixed(5_000)
        _ = try await Coordinator(connection).run(Case.backfill(named: name), options: options) { event in
            guard case .chunk(let chunk) = event else { return }
            let isDue = passed.withLock { count in
                let before = count / every
                count += chunk.scanned
                return count / every > before
            }
            // The worker waits for it, as it would for any checkpoint of which nothing is spread out.
            if isDue { _ = try? Connection(connection).execute("CHECKPOINT") }
        }
    }
}
