import Postgres

/// By which columns a table is walked: those that the definition names, else the best that the table has.
struct KeyChoice {
    /// The columns, with their types.
    let columns: [KeyColumns.Column]
    /// Those among them that allow NULL, when the definition asks for a walk over such rows.
    let nullable: [String]
    /// By key, or by place where there is none.
    let order: WalkOrder

    /// The names of the columns.
    var names: [String] { columns.map(\.name) }

    /// Chooses.
    ///
    /// - Throws: ``BackfillError`` for a key that cannot order a walk, and where there is none.
    init(
        _ backfill: Backfill,
        table: Identifier,
        columns: [TableFacts.Column],
        indexes: [TableFacts.Index]
    ) throws(BackfillError) {
        guard let names = try Self.names(backfill, table, columns, indexes) else {
            (self.columns, nullable, order) = ([], [], .heap)
            return
        }
        var found: [KeyColumns.Column] = []
        var nullable: [String] = []
        for name in names {
            let column = try Self.column(name, backfill, table, columns)
            found.append(KeyColumns.Column(name: name, type: column.type))
            if column.isNullable { nullable.append(name) }
        }
        (self.columns, self.nullable, order) = (found, nullable, .key)
    }

    /// The key's columns; `nil` for a walk by places.
    private static func names(
        _ backfill: Backfill,
        _ table: Identifier,
        _ columns: [TableFacts.Column],
        _ indexes: [TableFacts.Index]
    ) throws(BackfillError) -> [String]? {
        if backfill.key == [KeyColumns.place.name] { return nil }
        if !backfill.key.isEmpty { return backfill.key }
        if let primary = indexes.first(where: \.isPrimary) { return primary.columns }
        let nullable = Set(columns.filter { $0.isNullable || !$0.isOrderable }.map(\.name))
        if let unique = indexes.first(where: { $0.isUnique && nullable.isDisjoint(with: $0.columns) }) {
            return unique.columns
        }
        guard PlaceWalk.isPossible(backfill) else {
            throw .noKey(backfill: backfill.name, table: table)
        }
        return nil
    }

    private static func column(
        _ name: String,
        _ backfill: Backfill,
        _ table: Identifier,
        _ columns: [TableFacts.Column]
    ) throws(BackfillError) -> TableFacts.Column {
        guard let column = columns.first(where: { $0.name == name }) else {
            throw .columnMissing(
                backfill: backfill.name,
                table: table,
                column: name,
                nearest: NearestNames.of(name, in: columns.map(\.name))
            )
        }
        guard !column.isNullable || backfill.nulls == .lastRange else {
            throw .nullableKey(backfill: backfill.name, table: table, column: name)
        }
        guard column.isOrderable else {
            throw .unorderedKey(
                backfill: backfill.name,
                table: table,
                column: name,
                type: column.type
            )
        }
        return column
    }

    /// The key in one table.
    func key(
        of table: Identifier,
        oid: Int64,
        _ uniqueness: KeyColumns.Uniqueness,
        tree: KeyColumns.Tree?,
        placing: KeyColumns.Placing = .place
    ) -> KeyColumns {
        KeyColumns(
            table: table,
            oid: oid,
            columns: columns,
            uniqueness: uniqueness,
            nullable: nullable,
            tree: tree,
            placing: placing
        )
    }

    /// A unique index on some of the key's columns makes the whole key unique. NULLs, which such an index lets repeat,
    /// are not in the walk by the key.
    func uniqueness(by indexes: [TableFacts.Index]) -> KeyColumns.Uniqueness {
        let names = Set(names)
        return indexes.contains { $0.isUnique && names.isSuperset(of: $0.columns) } ? .unique : .repeated
    }
}
