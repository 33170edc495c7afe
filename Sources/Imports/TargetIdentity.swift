import Postgres

/// Which table a name meant at one moment: the same name may mean another one later, or the same one without its rows.
struct TargetIdentity: Hashable, Sendable {
    /// Its object id; a table that was made anew or swapped has another.
    let oid: Int64
    /// Its file on the disk, of a partitioned table a digest of all. TRUNCATE gives it a new one, but so do VACUUM FULL, CLUSTER and
    /// some forms of ALTER TABLE, which keep the rows.
    let file: String?

    /// The question which it is now; see ``init(_:)``.
    static func question(_ table: Identifier) -> SQL {
        """
        SELECT class.oid::pg_catalog.int8,
               CASE WHEN class.relkind = 'p' THEN (
                        SELECT pg_catalog.md5(pg_catalog.string_agg(
                            pg_catalog.concat(part.relid::pg_catalog.oid, ':', pg_catalog.pg_relation_filenode(part.relid)),
                            ',' ORDER BY part.relid::pg_catalog.oid))
                        FROM pg_catalog.pg_partition_tree(class.oid) AS part
                        WHERE part.isleaf)
                    ELSE pg_catalog.pg_relation_filenode(class.oid)::pg_catalog.text END
        FROM pg_catalog.pg_class AS class
        WHERE class.oid = pg_catalog.to_regclass(\(table.quoted))::pg_catalog.oid
        """
    }

    /// Whether its rows can be looked at, and all of them are seen.
    static func isVisible(_ table: Identifier) -> SQL {
        """
        SELECT pg_catalog.has_table_privilege(class.oid, 'SELECT') AND NOT pg_catalog.row_security_active(class.oid)
               AND class.relkind IN ('r', 'p')
        FROM pg_catalog.pg_class AS class
        WHERE class.oid = pg_catalog.to_regclass(\(table.quoted))::pg_catalog.oid
        """
    }

    static func hasRows(_ table: Identifier) -> SQL { "SELECT EXISTS (SELECT FROM \(identifier: table))" }

    /// What became of the rows of an earlier import.
    enum Finding: Equatable {
        /// They are in the table, as far as it is for us to know.
        case kept
        /// The table is empty: made anew, swapped for an empty one, or truncated.
        case emptied(String)
        /// The table has rows, and none of the import.
        case replaced(String)
    }
}

extension ImportRun {
    /// Looks what became of the rows that it stored.
    func finding(
        in table: Identifier,
        _ statements: ImportRunStatements,
        on connection: Connection
    ) throws
        -> TargetIdentity.Finding
    {
        guard let row = try connection.rows(TargetIdentity.question(table)).first, let target else {
            return .kept
        }
        let now = try TargetIdentity(oid: row.value(at: 0), file: row.value(at: 1))
        guard now != target else { return .kept }
        let change = now.oid == target.oid ? "truncated or rewritten" : "made anew or swapped for another one"
        guard try connection.queryOptional(TargetIdentity.isVisible(table), as: Bool.self) ?? false else {
            return .replaced(change)
        }
        guard try connection.queryOne(TargetIdentity.hasRows(table), as: Bool.self) else {
            return .emptied(change)
        }
        guard now.oid == target.oid,
            try connection.queryOne(statements.isStored(id, in: table), as: Bool.self)
        else { return .replaced(change) }
        try connection.execute(statements.note(now, of: id))
        return .kept
    }
}
