import Postgres

extension RunStore {
    /// The latest run of every backfill, or of one, with its progress.
    func statuses(of name: String?) throws -> [RunStatus] {
        try connection.rows(statements.statuses(of: name)).map { row in
            let run = try decodeRun(row)
            let (kind, table, createdAt, finishedAt, updatedAt) = try row.decode(
                from: 14,
                String.self,
                String.self,
                String.self,
                String?.self,
                String?.self
            )
            let (statements, reason, age) = try row.decode(
                from: 19,
                String?.self,
                String?.self,
                Double?.self
            )
            let (sessions, waiting) = try row.decode(from: 22, Int.self, Int.self)
            return RunStatus(
                run: run,
                kind: kind,
                table: table,
                progress: try progress(of: run.id),
                path: ChunkPath(statements: statements, reason: reason),
                snapshotAge: age,
                sessions: sessions,
                sessionsWaitingForStandby: waiting,
                createdAt: createdAt,
                finishedAt: finishedAt,
                updatedAt: updatedAt
            )
        }
    }
}
