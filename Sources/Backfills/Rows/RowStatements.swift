import Postgres

/// What a row backfill asks of its source table.
struct RowStatements: Sendable {
    let key: KeyColumns
    /// What `transform` sees. Columns whose binary form is not read here come as text.
    let columns: [SQL]
    let condition: SQLText?

    /// The columns of the key that ``columns`` do not hold already, or not in a form from which their text is known.
    let addedKeys: [KeyColumns.Column]

    /// The first rows of an interval, for the reader.
    func rows(in interval: KeyInterval, atMost limit: Int) -> SQL {
        """
        \(rows(in: interval))
        LIMIT \(limit)
        """
    }

    /// The rows of an interval in order: the author's columns, then the version, then what is missing of the key.
    func rows(in interval: KeyInterval) -> SQL {
        """
        SELECT \(read)
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

    /// Locks the rows of a chunk and compares their versions on the server with those that were read, for what is sent along with
    /// it: it fails where they are others, and everything behind it with it.
    func lockUnchanged(_ interval: KeyInterval, _ versions: [TupleVersion], file number: Int64) -> SQL {
        """
        SELECT CASE
            WHEN caisson_locked.places OPERATOR(pg_catalog.=) \(versions.places)
                AND caisson_locked.transactions OPERATOR(pg_catalog.=) \(versions.transactions)
                AND (\(file)) OPERATOR(pg_catalog.=) \(number)::pg_catalog.int8::pg_catalog.oid
                AND \(isStillPart)
            THEN caisson_locked.total
            ELSE (caisson_locked.total OPERATOR(pg_catalog.||) ' rows that are others than those that were read'::pg_catalog.text)
                ::pg_catalog.int8
        END
        FROM (
            SELECT pg_catalog.count(*) AS total,
                   coalesce(pg_catalog.array_agg(caisson_row.ctid), '{}') AS places,
                   coalesce(pg_catalog.array_agg(caisson_row.xmin), '{}') AS transactions
            FROM (\(lock(interval))) AS caisson_row
        ) AS caisson_locked
        """
    }

    /// The code of the error that ``lockUnchanged(_:_:file:)`` ends in: a text that is no number. The author's condition may fail
    /// with the same.
    static let otherVersions = SQLState(rawValue: "22P02")

    /// Rows were read before; a partition that was detached since has none to write.
    private var isStillPart: SQL {
        key.tree.map { "(\(CatalogStatements.isPart($0.part, of: $0.root)))" } ?? "true"
    }

    /// Reads rows again that are locked, by their place; they cannot move any more.
    func rows(at places: [String], in interval: KeyInterval) -> SQL {
        """
        SELECT \(read)
        FROM \(key.relation)
        WHERE ctid = ANY (\(PostgresArray(places))::pg_catalog.tid[])
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

    /// The number of the table's file. To be asked by a transaction that has read from the table, which holds it against being
    /// rewritten; with each row it cost as much as its place.
    var file: SQL { "SELECT pg_catalog.pg_relation_filenode(pg_catalog.to_regclass(\(key.table.quoted)))" }

    /// What makes a ``TupleVersion``.
    private var version: SQL { "ctid, xmin" }

    private var read: SQL {
        (columns + [version] + addedKeys.map(\.text)).joined(separator: ", ")
    }
}

extension KeyColumns.Column {
    /// Whether the server's text is known from the value.
    var isInteger: Bool { ["bigint", "integer", "smallint"].contains(type) }

    fileprivate var text: SQL { isInteger ? "\(identifier: name)" : "\(identifier: name)::pg_catalog.text" }
}
