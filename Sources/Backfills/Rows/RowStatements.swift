import Postgres

/// What a row backfill asks of its source table.
struct RowStatements: Sendable {
    let key: KeyColumns
    /// What `transform` sees. Columns whose binary form is not read here come as text.
    let columns: [SQL]
    let condition: SQLText?

    /// The rows behind a key in order, for the cursor of the reader: the author's columns, then the version, then the key.
    func rows(in interval: KeyInterval) -> SQL {
        """
        SELECT \(columns.joined(separator: ", ")), \(version), \(keyTexts)
        FROM \(key.relation)
        WHERE \(key.interval(interval)) \(ChunkStatements.conjunct(condition))
        ORDER BY \(key.list(of: key.reference))
        """
    }

    /// Locks the rows of a chunk in key order and tells which version of each is locked. The lock waits for writers and
    /// returns what they left.
    func lock(_ interval: KeyInterval) -> SQL {
        """
        SELECT \(version)
        FROM \(key.relation)
        WHERE \(key.interval(interval)) \(ChunkStatements.conjunct(condition))
        ORDER BY \(key.list(of: key.reference))
        FOR NO KEY UPDATE
        """
    }

    /// Reads rows again that are locked, by their place; they cannot move any more.
    func rows(at places: [String], in interval: KeyInterval) -> SQL {
        """
        SELECT \(columns.joined(separator: ", ")), \(version), \(keyTexts)
        FROM \(key.relation)
        WHERE ctid = ANY (\(PostgresArray(places))::tid[])
          AND \(key.interval(interval)) \(ChunkStatements.conjunct(condition))
        """
    }

    /// The types of the author's columns.
    static func types(of columns: [String], in table: Identifier) -> SQL {
        """
        SELECT \(columns.map { "\(identifier: $0)" as SQL }.joined(separator: ", "))
        FROM \(identifier: table)
        LIMIT 0
        """
    }

    /// What makes a ``TupleVersion``. The file is asked for once a statement, which holds the table against being rewritten.
    private var version: SQL {
        "ctid, xmin, (SELECT pg_relation_filenode(to_regclass(\(key.table.quoted))))"
    }

    private var keyTexts: SQL {
        key.columns.map { "\(identifier: $0.name)::text" as SQL }.joined(separator: ", ")
    }
}
