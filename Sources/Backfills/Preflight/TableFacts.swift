import Postgres

/// What the catalog is asked about tables, as values.
struct TableFacts {
    /// A column.
    struct Column {
        let name: String
        let type: String
        let isNullable: Bool
        let isOrderable: Bool
    }

    /// An index that can order a walk.
    struct Index {
        let columns: [String]
        let isUnique: Bool
        let isPrimary: Bool
    }

    /// A plain or foreign table that holds rows.
    struct Part {
        let oid: Int64
        let table: Identifier
        let kind: String
        let rows: Int
        let pages: Int
    }

    let catalog: Catalog

    init(_ catalog: Catalog) {
        self.catalog = catalog
    }

    init(connection: Connection) {
        self.init(Catalog(on: connection))
    }

    func table(_ name: Identifier) throws -> (oid: Int64, table: Identifier, kind: String)? {
        try catalog.first(
            CatalogStatements.table(name),
            as: Int64.self,
            String.self,
            String.self,
            String.self
        ).map { oid, schema, name, kind in (oid, Identifier(schema, name), kind) }
    }

    func columns(of table: Int64) throws -> [Column] {
        try catalog.query(
            CatalogStatements.columns(ofTable: table),
            as: String.self,
            String.self,
            Bool.self,
            Bool.self
        ).map { Column(name: $0.0, type: $0.1, isNullable: $0.2, isOrderable: $0.3) }
    }

    func indexes(of table: Int64) throws -> [Index] {
        try catalog.query(
            CatalogStatements.indexes(ofTable: table),
            as: TextArray.self,
            Bool.self,
            Bool.self
        ).map { Index(columns: $0.0.elements.compactMap { $0 }, isUnique: $0.1, isPrimary: $0.2) }
    }

    func parts(of table: Int64) throws -> [Part] {
        try catalog.query(
            CatalogStatements.parts(ofTable: table),
            as: Int64.self,
            String.self,
            String.self,
            String.self,
            Int.self,
            Int.self
        ).map { oid, schema, name, kind, rows, pages in
            Part(oid: oid, table: Identifier(schema, name), kind: kind, rows: rows, pages: pages)
        }
    }
}
