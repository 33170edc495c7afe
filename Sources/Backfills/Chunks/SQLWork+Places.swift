import Postgres
import SQLSyntax

/// The parts of a chunk in which rows are found by their places.
extension SQLWork {
    /// Locks the rows of a chunk and tells where they are.
    func lockPlaces(_ bound: ChunkBound, on connection: Connection) throws -> [String] {
        let statement = ChunkStatements.lockPlaces(
            key,
            bound.interval,
            where: condition,
            strength: lockStrength
        )
        return try reportingCondition {
            let places = try connection.queryOne(statement, as: TextArray?.self)
            return places?.elements.compactMap { $0 } ?? []
        }
    }

    /// Writes exactly the rows that were locked, and makes sure that none of them needs work afterwards: the statement
    /// moves them, and a row that still fulfils the condition would be met again.
    func writeByPlace(
        _ bound: ChunkBound,
        _ counted: ChunkCounts,
        on connection: Connection
    ) throws -> ChunkCounts {
        var counts = counted
        let places = try lockPlaces(bound, on: connection)
        counts.matched = places.count
        guard !places.isEmpty else { return counts }
        let (changed, moved) = try write(places, on: connection)
        counts.changed = changed
        let statement = ChunkStatements.unchanged(key, at: places + moved, where: condition)
        let rows = try reportingCondition { try connection.queryOne(statement, as: Int.self) }
        guard rows == 0 else {
            throw BackfillError.conditionRemains(backfill: name, table: key.table, rows: rows)
        }
        return counts
    }

    /// Runs the statement; how many rows it changed, and where those of the walked table are now.
    private func write(
        _ places: [String],
        on connection: Connection
    ) throws -> (changed: Int, moved: [String]) {
        guard changesWalkedTable, shape.verb == .update else {
            let composed = compose(.places(places))
            return (try reportingPlace(of: composed) { try connection.execute(composed.sql) }, [])
        }
        let composed = composeReturningPlaces(.places(places))
        let (changed, moved) = try reportingPlace(of: composed) {
            try connection.queryOne(composed.sql, as: Int.self, TextArray?.self)
        }
        return (changed, moved?.elements.compactMap { $0 } ?? [])
    }
}
