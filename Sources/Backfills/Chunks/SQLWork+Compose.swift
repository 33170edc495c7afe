import Postgres
import SQLSyntax

/// Puts the author's statement and what the runner adds together.
extension SQLWork {
    /// The statement of a chunk as it is sent.
    func composeWrite(_ bound: ChunkBound) -> ComposedStatement {
        switch path {
        case .oneStatement: composeWithoutJoin(.interval(bound.interval)) ?? compose(lockedRows(of: bound))
        case .twoSteps where returnsPlaces: composeReturningPlaces(lockedRows(of: bound))
        case .twoSteps: composeWithoutJoin(lockedRows(of: bound)) ?? compose(lockedRows(of: bound))
        }
    }

    /// The rows that a chunk has locked.
    func lockedRows(of bound: ChunkBound) -> ChunkSelection {
        .locked(within: (isSmall || key.placing == .key) && key.order == .key ? bound.interval : nil)
    }

    /// Whether a chunk returns where its rows are behind it: in a walk by places they would be met again there.
    var returnsPlaces: Bool { key.order.isByPlace && changesWalkedTable && shape.verb == .update }

    /// The statement without its join to `chunk`, which does no more than choose the rows. The condition may speak of the table
    /// by its name, which an alias hides.
    func composeWithoutJoin(_ selection: ChunkSelection) -> ComposedStatement? {
        guard key.order == .key, key.uniqueness == .unique, let join, join.columns == Set(key.names),
            condition == nil || shape.target.reference == key.reference.name
        else { return nil }
        var composed = ComposedStatement(source: statement)
        let start = appendTarget(of: shape.main, to: &composed)
        composed.append(authored: start..<join.assignments.upperBound)
        composed.append(
            "\nWHERE \(selection.condition(on: key, of: row)) \(ChunkStatements.conjunct(condition))"
        )
        return composed
    }

    /// The statement with the relation `chunk` before it and, where it changes the walked table, with the interval in
    /// its own WHERE. PostgreSQL carries equalities over a join but not inequalities: with `city.id = chunk.id` alone,
    /// 20,000 keys flipped to a hash join over the whole table, at a fifth of the speed.
    func compose(_ selection: ChunkSelection) -> ComposedStatement {
        var composed = ComposedStatement(source: statement)
        appendTables(to: &composed, selection)
        appendMain(to: &composed, selection, upTo: shape.end)
        return composed
    }

    /// The same as a CTE that returns the places of the rows as they are behind it.
    func composeReturningPlaces(_ selection: ChunkSelection) -> ComposedStatement {
        var composed = ComposedStatement(source: statement)
        appendWritten(to: &composed, selection, returning: "\(identifier: row).ctid AS caisson_place")
        let places = LockedPlaces.keep(
            "pg_catalog.array_agg(caisson_written.caisson_place)",
            as: "caisson.moved"
        )
        composed.append("SELECT pg_catalog.count(*), \(places) FROM caisson_written")
        return composed
    }

    /// The statement as a CTE that returns what it wrote, beside the same rows as they were: all parts of one statement
    /// see the table as it was before it.
    func composeRehearsal(_ selection: ChunkSelection, primaryKey: [String]) -> ComposedStatement {
        var composed = ComposedStatement(source: statement)
        let keys = primaryKey.enumerated().map {
            ", \(identifier: row).\(identifier: $1) AS caisson_key_\(unsafe: String($0))" as SQL
        }
        let returned: SQL =
            "pg_catalog.to_jsonb(\(identifier: row).*) AS caisson_row\(keys.joined(separator: ""))"
        appendWritten(to: &composed, selection, returning: returned)
        composed.append(rehearsalResult(primaryKey: primaryKey))
        return composed
    }

    var row: Identifier { Identifier(shape.target.reference) }

    private func appendWritten(
        to composed: inout ComposedStatement,
        _ selection: ChunkSelection,
        returning returned: SQL
    ) {
        appendTables(to: &composed, selection)
        composed.append(shape.with == nil ? ",\n" : "\n, ")
        composed.append("caisson_written AS (\n")
        appendMain(to: &composed, selection, upTo: shape.returning?.lowerBound ?? shape.end)
        composed.append("\nRETURNING \(returned)\n)\n")
    }

    private func rehearsalResult(primaryKey: [String]) -> SQL {
        if shape.verb == .delete {
            return
                "SELECT caisson_row::pg_catalog.text, NULL FROM caisson_written \(rehearsalOrder(primaryKey))"
        }
        let match = primaryKey.enumerated()
            .map {
                "caisson_before.\(identifier: $1) \(key.equals($1)) caisson_written.caisson_key_\(unsafe: String($0))"
                    as SQL
            }
        return """
            SELECT pg_catalog.to_jsonb(caisson_before.*)::pg_catalog.text, caisson_written.caisson_row::pg_catalog.text
            FROM caisson_written
            LEFT JOIN \(identifier: target) AS caisson_before ON \(match.isEmpty ? "false" : match.joined(separator: " AND "))
            \(rehearsalOrder(primaryKey))
            """
    }

    private func rehearsalOrder(_ primaryKey: [String]) -> SQL {
        guard !primaryKey.isEmpty else { return "" }
        let keys = primaryKey.indices.map { "caisson_written.caisson_key_\(unsafe: String($0))" as SQL }
        return "ORDER BY " + keys.joined(separator: ", ")
    }

    /// `WITH chunk AS (…)` and the author's own common tables, those that write to the walked table restricted as the main
    /// statement is.
    private func appendTables(to composed: inout ComposedStatement, _ selection: ChunkSelection) {
        let chunk = ChunkStatements.chunk(key, selection, where: condition)
        guard let with = shape.with else { return composed.append("WITH " + chunk) }
        composed.append(authored: 0..<with.listStart)
        composed.append(chunk + ",\n")
        var start = with.listStart
        for write in walkedWrites where write != shape.main {
            composed.append(authored: start..<write.verbRange.lowerBound)
            append(write, to: &composed, selection, upTo: write.end)
            start = write.end
        }
        composed.append(authored: start..<shape.verbRange.lowerBound)
    }

    /// The author's UPDATE, INSERT or DELETE.
    private func appendMain(
        to composed: inout ComposedStatement,
        _ selection: ChunkSelection,
        upTo end: Int
    ) {
        composed.append("\n")
        guard changesWalkedTable else {
            return composed.append(authored: shape.verbRange.lowerBound..<end)
        }
        append(shape.main, to: &composed, selection, upTo: end)
    }

    /// An UPDATE or DELETE of the walked table, restricted to the rows of the chunk.
    private func append(
        _ write: StatementShape.Write,
        to composed: inout ComposedStatement,
        _ selection: ChunkSelection,
        upTo end: Int
    ) {
        let start = appendTarget(of: write, to: &composed)
        let restriction = selection.condition(on: key, of: Identifier(write.target.reference))
        guard let condition = write.condition else {
            composed.append(authored: start..<write.conditionInsertion)
            composed.append("\nWHERE " + restriction + "\n")
            return composed.append(authored: write.conditionInsertion..<end)
        }
        composed.append(authored: start..<condition.keyword.upperBound)
        composed.append(" " + restriction + " AND (")
        composed.append(authored: condition.expression)
        composed.append("\n)\n")
        composed.append(authored: condition.expression.upperBound..<end)
    }

    /// The beginning of a statement that changes the walked table, up to and with that table: of several tables that
    /// hold its rows, the one that is walked. Returns where the author's text goes on.
    private func appendTarget(of write: StatementShape.Write, to composed: inout ComposedStatement) -> Int {
        let start = write.verbRange.lowerBound
        guard key.tree != nil else { return start }
        composed.append(authored: write.verbRange)
        composed.append(write.verb == .delete ? " FROM ONLY " : " ONLY ")
        composed.append("\(identifier: key.table)")
        if write.target.alias == nil { composed.append(" AS \(identifier: write.target.reference)") }
        return write.target.range.upperBound
    }

    // MARK: What a write would reach

    /// Asks whether a write of the walked table whose join to `chunk` could not be read from its text would change rows of
    /// other keys: the join was forgotten, or is another one. `nil` where that cannot be asked without writing.
    func composeReach(_ selection: ChunkSelection) -> ComposedStatement? {
        guard let write = unprovenWrites.first, shape.writes.count == 1, write == shape.main else {
            return nil
        }
        let name = Identifier(write.target.reference)
        var composed = ComposedStatement(source: statement)
        appendTables(to: &composed, selection)
        composed.append("\nSELECT EXISTS (\nSELECT FROM ")
        composed.append(key.tree == nil ? "\(identifier: target)" : "ONLY \(identifier: key.table)")
        composed.append(" AS \(identifier: name)")
        if let relations = write.relations {
            composed.append(", ")
            composed.append(authored: relations)
        }
        let names = key.order.isByPlace ? [KeyColumns.place.name] : key.names
        let same = names.map {
            "caisson_chunk.\(identifier: $0) \(key.equals($0)) \(identifier: name).\(identifier: $0)" as SQL
        }
        composed.append(
            "\nWHERE NOT EXISTS (SELECT FROM chunk AS caisson_chunk WHERE \(same.joined(separator: " AND ")))"
        )
        if let condition = write.condition {
            composed.append(" AND (")
            composed.append(authored: condition.expression)
            composed.append("\n)")
        }
        composed.append("\n)")
        return composed
    }
}
