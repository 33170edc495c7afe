import Postgres
import SQLSyntax

/// A table that one of the writes of a statement is aimed at.
struct WrittenTable {
    let write: StatementShape.Write
    let name: Identifier
    /// The tables whose rows it reaches; empty where there is no such table, which the server will say.
    let reached: Set<Int64>
    let isView: Bool
    /// Rows of the walked table are among them.
    let reachesWalkedTable: Bool

    var verb: StatementShape.Verb { write.verb }

    /// The targets of a statement, in the order of its writes.
    static func all(
        of shape: StatementShape,
        walking source: SourceTable,
        asking catalog: Catalog
    ) throws -> [WrittenTable] {
        let walked = Set([source.oid] + source.parts.map(\.oid))
        return try shape.writes.map { write in
            let parts = Identifier(parts: write.target.parts)
            guard let (oid, name, kind) = try TableFacts(catalog).table(parts) else {
                return WrittenTable(
                    write: write,
                    name: parts,
                    reached: [],
                    isView: false,
                    reachesWalkedTable: false
                )
            }
            let oids: [Int64] = try catalog.query(CatalogStatements.reached(by: oid), as: Int64.self)
            let reached = Set<Int64>(oids)
            return WrittenTable(
                write: write,
                name: name,
                reached: reached,
                isView: kind == "v",
                reachesWalkedTable: !walked.isDisjoint(with: reached)
            )
        }
    }
}

/// The columns whose change moves a row to another place of the walk.
struct MovingColumns {
    private let generated: [String: Set<String>]
    private let key: Set<String>
    private let partition: Set<String>

    init(_ source: SourceTable, asking catalog: Catalog) throws {
        generated = try TableFacts(catalog).generatedColumns(of: source.oid)
        key = source.order.isByPlace ? [] : Set(source.key.names)
        partition = Set(
            try catalog.query(CatalogStatements.partitionColumns(ofTable: source.oid), as: String.self)
        )
    }

    /// What is asked about a table to find them.
    static func questions(about oid: Int64) -> [SQL] {
        [CatalogStatements.generatedColumns(ofTable: oid), CatalogStatements.partitionColumns(ofTable: oid)]
    }

    /// All of them.
    var all: Set<String> {
        let moving = key.union(partition)
        return moving.union(moving.flatMap { generated[$0] ?? [] })
    }

    /// The column of the key that gets another value with this one.
    func key(movedBy column: String) -> String? { moved(key, by: column) }

    /// The column by which the table is partitioned that gets another value with this one.
    func partition(movedBy column: String) -> String? { moved(partition, by: column) }

    private func moved(_ columns: Set<String>, by column: String) -> String? {
        columns.contains(column) ? column : columns.sorted().first { generated[$0]?.contains(column) == true }
    }
}
