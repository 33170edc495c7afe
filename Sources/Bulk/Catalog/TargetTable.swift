public import Postgres

/// A table that rows are written to, as the catalog describes it at one moment.
public struct TargetTable: Sendable {
    /// The table with its schema.
    public let name: Identifier
    /// The columns in the order of the table.
    public let columns: [TargetColumn]
    /// The keys that `ON CONFLICT` can name, the primary key first.
    public let uniqueKeys: [UniqueKey]
    /// Whether triggers may change a row before it is inserted.
    let hasBeforeInsertTriggers: Bool
    /// Whether a foreign key points back to the table itself.
    let isSelfReferencing: Bool
    let isPartitioned: Bool
    /// Whether nothing but the row itself happens when a row is written: an ordinary table without triggers of its
    /// own, rules, policies and children.
    let isPlain: Bool
    private let positions: [String: Int]

    /// Looks a table up.
    ///
    /// - Throws: ``TargetError`` when there is no such table, with the nearest names, or when it is something else
    ///   than a table; ``PostgresError``.
    public init(_ name: Identifier, on connection: Connection) throws {
        guard
            let found = try connection.queryOptional(
                CatalogStatements.table(name),
                as: Int64.self,
                String.self,
                String.self,
                String.self,
                Bool.self,
                Bool.self,
                Bool.self
            )
        else {
            let names = try connection.query(CatalogStatements.tableNames, as: String.self)
            throw TargetError.noSuchTable(name, nearest: NearestNames.of(name.description, in: names))
        }
        let (oid, schema, table, kind, hasTriggers, isSelfReferencing, isPlain) = found
        guard ["r", "p", "f"].contains(kind) else { throw TargetError.notATable(name, kind: kind) }
        self.name = Identifier(schema, table)
        isPartitioned = kind == "p"
        hasBeforeInsertTriggers = hasTriggers
        (self.isSelfReferencing, self.isPlain) = (isSelfReferencing, isPlain)
        let facts = try connection.rows(
            ofAll: [CatalogStatements.columns(oid), CatalogStatements.uniqueKeys(oid)]
        )
        columns = try facts[0].map { try TargetColumn($0) }
        uniqueKeys = try facts[1].map { try UniqueKey($0) }
        positions = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1.name, $0) })
    }

    /// The column of a name.
    public func column(_ name: String) -> TargetColumn? {
        positions[name].map { columns[$0] }
    }

    /// The primary key, where there is one.
    public var primaryKey: UniqueKey? { uniqueKeys.first { $0.isPrimary } }

    /// The key over exactly these columns, in any order.
    func uniqueKey(_ columns: [String]) -> UniqueKey? {
        uniqueKeys.first { Set($0.columns) == Set(columns) }
    }
}
