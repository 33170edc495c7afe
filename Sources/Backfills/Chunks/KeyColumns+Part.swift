import Postgres

extension KeyColumns {
    /// Whether the walked table still holds rows of the one that the definition names. A partition may be detached at
    /// any time; it is somebody else's table then.
    func isStillPart(on connection: Connection) throws -> Bool {
        guard let tree else { return true }
        return try connection.queryOne(CatalogStatements.isPart(tree.part, of: tree.root), as: Bool.self)
    }

    /// Keeps the transaction from reading the whole table for an interval that the planner takes for most of it: one of
    /// several columns that do not begin alike, of which it estimates the first only.
    func preferIndex(for interval: KeyInterval, on connection: Connection) throws {
        if let preference = preference(for: interval) { try connection.execute(preference) }
    }

    /// The statement that does so, where there is need.
    func preference(for interval: KeyInterval) -> SQL? {
        guard columns.count > 1, sharedColumns(of: interval) == 0 else { return nil }
        return "SELECT pg_catalog.set_config('enable_seqscan', 'off', true)"
    }
}

/// The work on a range whose table is not part of the walked one any more: none.
struct AbsentWork: ChunkWork {
    func bound(of range: ClaimedRange, on connection: Connection) throws -> ChunkBound? { nil }

    func write(_ bound: ChunkBound, on connection: Connection) throws -> ChunkCounts { ChunkCounts() }

    func rehearse(_ bound: ChunkBound, on connection: Connection) throws -> Rehearsal {
        throw PostgresError.invalidArgument("there is nothing to rehearse")
    }
}
