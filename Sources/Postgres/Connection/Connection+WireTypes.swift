extension Connection {
    /// Finds out what the types of this database are made of, once for each connection: in the binary format nothing
    /// tells an enum or a `citext`, whose bytes are text, from a composite.
    func lookUpTypes(of result: ResultSet) throws(PostgresError) {
        let types = Set(result.columnTypes.filter(\.isUserDefined))
        guard !types.isEmpty else { return }
        let unknown = types.filter { wireTypes[$0] == nil }
        if !unknown.isEmpty {
            let found = try query(WireTypeStatement.types(unknown), as: Int64.self, Int64.self)
            // What has no entry there, a pseudo-type for instance, is not asked for again.
            for type in unknown { wireTypes[type] = .unknown }
            for (type, wire) in found {
                wireTypes[PostgresType(rawValue: UInt32(type))] = PostgresType(rawValue: UInt32(wire))
            }
        }
        result.note(wireTypes)
    }
}

/// The look into the catalog.
private enum WireTypeStatement {
    /// For each type that or, for an array, the elements' type that it is made of, below all domains; `text` for those
    /// whose binary form is the text itself.
    static func types(_ types: Set<PostgresType>) -> SQL {
        """
        WITH RECURSIVE step AS (
            SELECT t.oid AS type, CASE WHEN t.typlen = -1 AND t.typelem <> 0::pg_catalog.oid THEN t.typelem ELSE t.oid END AS base
            FROM pg_catalog.pg_type AS t
            WHERE t.oid = ANY(\(types.map { Int64($0.rawValue) })::pg_catalog.oid[])
            UNION ALL
            SELECT step.type, t.typbasetype
            FROM step
            JOIN pg_catalog.pg_type AS t ON t.oid = step.base
            WHERE t.typtype = 'd'
        )
        SELECT step.type::bigint,
               CASE WHEN r.proname IN (
                   'textrecv', 'varcharrecv', 'bpcharrecv', 'namerecv', 'citextrecv', 'enum_recv', 'json_recv'
               ) THEN 'text'::pg_catalog.regtype::pg_catalog.oid ELSE b.oid END::bigint
        FROM step
        JOIN pg_catalog.pg_type AS b ON b.oid = step.base AND b.typtype <> 'd'
        JOIN pg_catalog.pg_proc AS r ON r.oid = b.typreceive
        """
    }
}
