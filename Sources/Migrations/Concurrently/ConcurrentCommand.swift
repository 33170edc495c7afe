import SQLSyntax

/// A statement that works while others do, takes several transactions for it, and so can stop half way.
///
/// What it leaves behind then is known, and its outcome can be read from the catalog.
enum ConcurrentCommand: Equatable {
    case createIndex(IndexCreation)
    /// The index as written.
    case dropIndex(String)
    case reindex(Reindexing)
    /// Both as written.
    case detachPartition(table: String, partition: String)

    /// Nil for every other statement.
    init?(_ statement: Statement) {
        guard case .outsideTransactionOnly(let command) = statement.kind else { return nil }
        switch command {
        case "CREATE INDEX CONCURRENTLY":
            guard let index = IndexCreation(statement.text) else { return nil }
            self = .createIndex(index)
        case "DROP INDEX CONCURRENTLY":
            var names = NameReader(statement.text)
            names.skip("DROP", "INDEX", "CONCURRENTLY", "IF", "EXISTS")
            guard let index = names.dottedName() else { return nil }
            self = .dropIndex(index)
        case "REINDEX CONCURRENTLY":
            guard let reindexing = Reindexing(statement.text) else { return nil }
            self = .reindex(reindexing)
        case "ALTER TABLE ... DETACH CONCURRENTLY":
            var names = NameReader(statement.text)
            names.skip("ALTER", "TABLE", "IF", "EXISTS")
            guard let table = names.dottedName() else { return nil }
            names.skip("DETACH", "PARTITION")
            guard let partition = names.dottedName() else { return nil }
            self = .detachPartition(table: table, partition: partition)
        default: return nil
        }
    }
}

/// `CREATE INDEX CONCURRENTLY`, taken apart.
struct IndexCreation: Equatable {
    /// `CREATE INDEX` or `CREATE UNIQUE INDEX`.
    let verb: String
    /// The index, in the schema of its table; nil when the name is left to the server.
    let name: String?
    /// The table as written.
    let table: String
    /// Whether a partitioned table is to get it without its partitions.
    let isOnly: Bool
    /// Whether an index of that name is enough.
    let ifNotExists: Bool
    /// From behind the table to the end: method, columns, conditions.
    let definition: String

    init?(_ text: String) {
        var reader = NameReader(text)
        reader.skip("CREATE")
        let isUnique = reader.skip("UNIQUE")
        reader.skip("INDEX", "CONCURRENTLY")
        ifNotExists = reader.skip("IF", "NOT", "EXISTS")
        name = reader.isAt("ON") ? nil : reader.name()
        guard reader.skip("ON") else { return nil }
        isOnly = reader.skip("ONLY")
        guard let table = reader.dottedName() else { return nil }
        self.table = table
        verb = isUnique ? "CREATE UNIQUE INDEX" : "CREATE INDEX"
        definition = reader.rest
    }
}

/// `REINDEX ... CONCURRENTLY`, taken apart.
struct Reindexing: Equatable {
    enum Object: String {
        case index = "INDEX"
        case table = "TABLE"
        case schema = "SCHEMA"
        case database = "DATABASE"
    }

    let object: Object
    /// The object as written; nil for the whole database.
    let name: String?

    init?(_ text: String) {
        var reader = NameReader(text)
        reader.skip("REINDEX")
        reader.skipParentheses()
        guard let word = reader.word(), let object = Object(rawValue: word) else { return nil }
        reader.skip("CONCURRENTLY")
        self.object = object
        name = reader.dottedName()
    }
}
