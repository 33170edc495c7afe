import Postgres
import SQLSyntax

/// Whether rows that are inserted into the walked table lie behind the end of the walk for certain.
///
/// The end is the last key that there was at the start. What a sequence gives from then on is behind it.
struct InsertRule {
    /// Why it is not certain.
    struct Doubt: Error {
        let reason: String
    }

    private let source: SourceTable
    private let write: WrittenTable
    private let atEnd: RunOptions.AtEnd
    private let catalog: Catalog

    init(source: SourceTable, write: WrittenTable, atEnd: RunOptions.AtEnd, asking catalog: Catalog) {
        (self.source, self.write, self.atEnd, self.catalog) = (source, write, atEnd, catalog)
    }

    /// - Throws: ``Doubt``.
    func check() throws {
        guard atEnd == .finish else {
            throw Doubt(reason: "a run that follows goes on with rows that arrive")
        }
        guard source.order == .key, source.key.nullable.isEmpty, let key = source.key.names.first else {
            throw Doubt(reason: "rows are visited by their places, and new ones may lie anywhere")
        }
        try checkColumns(key)
        try checkDetours()
        try checkSequence(key)
    }

    private func checkColumns(_ key: String) throws {
        guard !write.write.hasOverriding else {
            throw Doubt(reason: "OVERRIDING sets what a sequence would give")
        }
        guard let columns = write.write.insertedColumns else {
            throw Doubt(reason: "it lists no columns, so it sets \(key)")
        }
        guard !columns.contains(key) else { throw Doubt(reason: "it sets \(key)") }
    }

    /// Triggers and rules may give a row another key.
    private func checkDetours() throws {
        let facts = TableFacts(catalog)
        let tables = Array(Set([source.oid] + source.parts.map(\.oid)).union(write.reached))
        let trigger = try facts.triggers(of: tables).first {
            $0.timing != .after && $0.level == .row && $0.events.contains("INSERT")
        }
        if let trigger {
            throw Doubt(reason: "the trigger \(trigger.name) may give them any \(source.key.names[0])")
        }
        if let rule = try facts.rules(of: tables, for: "INSERT").first {
            throw Doubt(reason: "the rule \(rule) rewrites the INSERT")
        }
    }

    private func checkSequence(_ key: String) throws {
        let target = try TableFacts(catalog).table(write.name)?.oid ?? source.oid
        let found = try catalog.first(
            CatalogStatements.sequence(ofTable: target, column: key),
            as: String.self,
            String.self,
            Bool.self
        )
        guard let (schema, name, ascends) = found else {
            throw Doubt(reason: "the values of \(key) come from no sequence")
        }
        let sequence = Identifier(schema, name)
        guard ascends else { throw Doubt(reason: "the sequence \(sequence) does not only ascend") }
        let statement = CatalogStatements.isAhead(sequence, of: source.table, column: key)
        guard try catalog.isTrue(statement) else {
            throw Doubt(reason: "the sequence \(sequence) is behind the greatest \(key)")
        }
    }
}
