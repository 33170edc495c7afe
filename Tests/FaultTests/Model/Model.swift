import Postgres

/// What must be true of the tables in the end, given what the application recorded.
struct Model {
    /// Something that must not be found, and the query that counts it.
    struct Check {
        let sentence: String
        let query: SQL

        init(_ sentence: String, _ query: SQL) {
            (self.sentence, self.query) = (sentence, query)
        }
    }

    let work: Work

    /// What is wrong, each as a sentence; nothing when all is as it must be.
    func differences(_ connection: Connection) throws -> [String] {
        try checks.compactMap { check in
            // NULL where there is nothing to add up: a run that has no ranges yet.
            let count = try connection.queryOne(check.query, as: Int64?.self)
            return count == 0 ? nil : "\(check.sentence) (\(count.map(String.init) ?? "nothing to count"))"
        }
    }

    /// With which status the last call may end: 21 with skipped rows, 22 when the verify query counts some, which the
    /// application may have deleted by now.
    func statuses(_ connection: Connection) throws -> Set<Int32> {
        let skipped = try connection.queryOne("SELECT count(*) FROM caisson.backfill_skipped", as: Int.self)
        let status: Int32 = skipped > 0 ? 21 : 0
        guard work.result == .names else { return [status] }
        let counted = try connection.queryOne("SELECT count(*) FROM city WHERE divisor = 0", as: Int.self)
        return counted > 0 ? [22] : [status, 22]
    }

    private var checks: [Check] {
        let result =
            switch work.result {
            case .sums: Self.sums
            case .labels: Self.labels
            case .totals: Self.totals
            case .deletions: Self.deletions
            case .archive: Self.archive
            case .names: Self.names
            }
        return Self.run + Self.skipped + result + rows + scanned + path
    }

    // MARK: The run itself

    private static let run = [
        Check(
            "the run is not completed",
            "SELECT count(*) FROM caisson.backfill_run WHERE state NOT IN ('completed', 'verified')"
        ),
        Check(
            "times that it was completed, but for one",
            "SELECT count(*) - 1 FROM caisson.event WHERE event = 'backfill.completed'"
        ),
        Check("ranges are not done", "SELECT count(*) FROM caisson.backfill_range WHERE state <> 'done'"),
        Check(
            "wishes are left behind",
            "SELECT count(*) FROM caisson.backfill_run WHERE wanted <> 'running'"
        ),
    ]

    private static let skipped = [
        Check(
            "good rows were skipped",
            """
            SELECT count(*)
            FROM caisson.backfill_skipped
            WHERE (row ->> 'id')::bigint NOT IN (SELECT id FROM poisoned)
            """
        ),
        Check(
            "the counter of skipped rows differs from their list",
            """
            SELECT (SELECT sum(rows_skipped)::bigint FROM caisson.backfill_range)
                   - (SELECT count(*) FROM caisson.backfill_skipped)
            """
        ),
    ]

    /// The rows that are there, and what the application wrote into them.
    private var rows: [Check] {
        guard work != .purge else { return [] }
        return [
            Check(
                "rows of the beginning are gone or doubled",
                """
                SELECT (SELECT count(*) FROM city WHERE NOT inserted) + (SELECT count(*) FROM deleted WHERE NOT inserted)
                       + (SELECT count(*) FROM archive WHERE NOT inserted) - \(Tables.rows)
                """
            ),
            Check(
                "writes of the application were lost",
                """
                SELECT (SELECT sum(touched) FROM city) + (SELECT coalesce(sum(touched), 0) FROM deleted)
                       + (SELECT coalesce(sum(touched), 0) FROM archive) - (SELECT writes FROM done)
                """
            ),
        ]
    }

    /// Rows of the beginning that nobody deleted are scanned once; of those that came and went nothing is known.
    private var scanned: [Check] {
        guard !work.followsNewRows, work != .purge, work != .archive else { return [] }
        return [
            Check(
                "the counter of scanned rows is wrong",
                """
                SELECT greatest(0, least_ - scanned) + greatest(0, scanned - most)
                FROM (
                    SELECT (SELECT sum(rows_scanned)::bigint FROM caisson.backfill_range) AS scanned,
                           \(Tables.rows) - (SELECT count(*) FROM deleted WHERE NOT inserted) AS least_,
                           \(Tables.rows) + (SELECT count(*) FROM city WHERE inserted)
                               + (SELECT count(*) FROM deleted WHERE inserted) AS most
                ) AS numbers
                """
            )
        ]
    }

    private var path: [Check] {
        guard let statements = work.statements else { return [] }
        return [
            Check(
                "chunks were not written as this round is meant to",
                """
                SELECT count(*) FROM caisson.backfill_run WHERE chunk_statements IS DISTINCT FROM \(statements)
                """
            )
        ]
    }
}
