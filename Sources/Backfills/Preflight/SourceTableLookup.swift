package import Postgres

/// Looks a backfill's table up in the catalog and refuses what cannot be walked safely.
package struct SourceTableLookup {
    private let backfill: Backfill
    private let catalog: Catalog
    private let facts: TableFacts

    /// Prepares the look-up.
    package init(_ backfill: Backfill, on connection: Connection) {
        self.init(backfill, asking: Catalog(on: connection))
    }

    init(_ backfill: Backfill, asking catalog: Catalog) {
        self.backfill = backfill
        self.catalog = catalog
        facts = TableFacts(catalog)
    }

    /// What is asked about a table, when its name has led to it.
    static func questions(about oid: Int64) -> [SQL] {
        [
            CatalogStatements.columns(ofTable: oid), CatalogStatements.indexes(ofTable: oid),
            CatalogStatements.parts(ofTable: oid),
        ]
    }

    /// Does it.
    ///
    /// - Parameter part: the only one of the table's parts that is of interest; `nil` for all.
    /// - Throws: ``BackfillError`` for a missing table or column, a nullable key, or one without an index.
    package func resolve(part: Int64? = nil) throws -> SourceTable {
        let (oid, table, kind) = try table()
        try catalog.prepare(Self.questions(about: oid))
        let columns = try facts.columns(of: oid)
        let indexes = try facts.indexes(of: oid)
        let tables = try facts.parts(of: oid)
        let isTree = kind == "p" || tables.count > 1
        let choice = try KeyChoice(backfill, table: table, columns: columns, indexes: indexes)
        if choice.order == .heap || !choice.nullable.isEmpty {
            let walk = PlaceWalk(backfill, table: table, order: choice.order)
            try walk.check(serverVersion: catalog.connection.serverVersion)
        }
        let wanted = tables.filter { part == nil || $0.oid == part }
        try catalog.prepare(wanted.map { CatalogStatements.indexes(ofTable: $0.oid) })
        let parts = try wanted.map { found in
            let tree =
                isTree ? KeyColumns.Tree(root: oid, part: found.oid, name: Identifier(table.name)) : nil
            return try self.part(found, choice, tree)
        }
        let isUnique = kind != "r" || !isTree ? choice.uniqueness(by: indexes) : .repeated
        return SourceTable(
            table: table,
            oid: oid,
            order: choice.order,
            key: choice.key(
                of: table,
                oid: oid,
                isUnique,
                tree: nil,
                placing: isTree ? .tableAndPlace : .place
            ).ordered(
                choice.order
            ),
            parts: parts,
            isTree: isTree,
            columns: columns.map(\.name)
        )
    }

    private func table() throws -> (oid: Int64, table: Identifier, kind: String) {
        guard let found = try facts.table(backfill.table) else {
            let known = try catalog.query(CatalogStatements.tableNames, as: String.self)
            throw BackfillError.tableMissing(
                backfill: backfill.name,
                table: backfill.table,
                nearest: NearestNames.of(backfill.table.name, in: known)
            )
        }
        guard found.kind == "r" || found.kind == "p" else {
            throw BackfillError.notATable(backfill: backfill.name, table: backfill.table)
        }
        return found
    }

    private func part(
        _ part: TableFacts.Part,
        _ choice: KeyChoice,
        _ tree: KeyColumns.Tree?
    ) throws -> SourceTable.Part {
        guard part.kind == "r" else {
            throw BackfillError.foreignPart(
                backfill: backfill.name,
                table: backfill.table,
                part: part.table
            )
        }
        let indexes = try facts.indexes(of: part.oid)
        // The walk needs an index that begins with the key's columns, in their order.
        guard choice.order == .heap || indexes.contains(where: { $0.columns.starts(with: choice.names) })
        else {
            throw BackfillError.noIndex(backfill: backfill.name, table: part.table, columns: choice.names)
        }
        return SourceTable.Part(
            oid: part.oid,
            table: part.table,
            estimatedRows: part.rows,
            pages: part.pages,
            key: choice.key(of: part.table, oid: part.oid, choice.uniqueness(by: indexes), tree: tree)
                .ordered(choice.order)
        )
    }
}
