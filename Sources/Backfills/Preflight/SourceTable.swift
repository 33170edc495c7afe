package import Postgres

/// What the catalog says about the table that a backfill walks.
package struct SourceTable: Sendable {
    /// The table with its schema.
    package let table: Identifier
    /// The columns that order the walk.
    package let key: KeyColumns
    /// The number of rows as the statistics have it; 0 when they know nothing.
    package let estimatedRows: Int
    /// The size of the table itself, in pages of 8 KiB.
    package let pages: Int
    /// The names of all columns.
    package let columns: [String]
}

/// Looks a backfill's table up in the catalog and refuses what cannot be walked safely.
package struct SourceTableLookup {
    private let backfill: Backfill
    private let connection: Connection

    /// Prepares the look-up.
    package init(_ backfill: Backfill, on connection: Connection) {
        self.backfill = backfill
        self.connection = connection
    }

    /// Does it.
    ///
    /// - Throws: ``BackfillError`` for a missing table or column, a nullable key, or one without an index.
    package func resolve() throws -> SourceTable {
        let facts = try tableFacts()
        let columns = try columnFacts(of: facts.oid)
        let indexes = try indexFacts(of: facts.oid)
        let names = try keyNames(columns, indexes, table: facts.table)
        let keyColumns = try names.map { try keyColumn($0, among: columns, table: facts.table) }
        let uniqueness = try uniqueness(of: names, indexes, table: facts.table)
        return SourceTable(
            table: facts.table,
            key: KeyColumns(table: facts.table, columns: keyColumns, uniqueness: uniqueness),
            estimatedRows: facts.rows,
            pages: facts.pages,
            columns: columns.map(\.name)
        )
    }

    private func tableFacts() throws -> (oid: Int64, table: Identifier, rows: Int, pages: Int) {
        let found = try connection.queryOptional(
            CatalogStatements.table(backfill.table),
            as: Int64.self,
            String.self,
            String.self,
            String.self,
            Int.self,
            Int.self
        )
        guard let (oid, schema, name, kind, rows, pages) = found else {
            let known = try connection.query(CatalogStatements.tableNames, as: String.self)
            throw BackfillError.tableMissing(
                backfill: backfill.name,
                table: backfill.table,
                nearest: NearestNames.of(backfill.table.name, in: known)
            )
        }
        guard kind == "r" || kind == "p" else {
            throw BackfillError.notATable(backfill: backfill.name, table: backfill.table)
        }
        return (oid, Identifier(schema, name), rows, pages)
    }

    private struct ColumnFact {
        let name: String
        let type: String
        let isNullable: Bool
        let isOrderable: Bool
    }

    private func columnFacts(of table: Int64) throws -> [ColumnFact] {
        try connection.query(
            CatalogStatements.columns(ofTable: table),
            as: String.self,
            String.self,
            Bool.self,
            Bool.self
        ).map { ColumnFact(name: $0.0, type: $0.1, isNullable: $0.2, isOrderable: $0.3) }
    }

    private struct IndexFact {
        let columns: [String]
        let isUnique: Bool
        let isPrimary: Bool
    }

    private func indexFacts(of table: Int64) throws -> [IndexFact] {
        try connection.query(
            CatalogStatements.indexes(ofTable: table),
            as: TextArray.self,
            Bool.self,
            Bool.self
        ).map { IndexFact(columns: $0.0.elements.compactMap { $0 }, isUnique: $0.1, isPrimary: $0.2) }
    }

    private func keyNames(
        _ columns: [ColumnFact],
        _ indexes: [IndexFact],
        table: Identifier
    ) throws -> [String] {
        if !backfill.key.isEmpty { return backfill.key }
        guard let primary = indexes.first(where: \.isPrimary) else {
            throw BackfillError.noKey(backfill: backfill.name, table: table)
        }
        return primary.columns
    }

    private func keyColumn(
        _ name: String,
        among columns: [ColumnFact],
        table: Identifier
    ) throws -> KeyColumns.Column {
        guard let column = columns.first(where: { $0.name == name }) else {
            throw BackfillError.columnMissing(
                backfill: backfill.name,
                table: table,
                column: name,
                nearest: NearestNames.of(name, in: columns.map(\.name))
            )
        }
        guard !column.isNullable else {
            throw BackfillError.nullableKey(backfill: backfill.name, table: table, column: name)
        }
        guard column.isOrderable else {
            throw BackfillError.unorderedKey(
                backfill: backfill.name,
                table: table,
                column: name,
                type: column.type
            )
        }
        return KeyColumns.Column(name: name, type: column.type)
    }

    /// The walk needs an index that begins with the key's columns, in their order and all in one direction.
    private func uniqueness(
        of key: [String],
        _ indexes: [IndexFact],
        table: Identifier
    ) throws -> KeyColumns.Uniqueness {
        guard indexes.contains(where: { $0.columns.starts(with: key) }) else {
            throw BackfillError.noIndex(backfill: backfill.name, table: table, columns: key)
        }
        // A unique index on some of the key's columns makes the whole key unique.
        let isUnique = indexes.contains { $0.isUnique && Set($0.columns).isSubset(of: key) }
        return isUnique ? .unique : .repeated
    }
}
