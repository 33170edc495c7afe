import Control
import Postgres
import SQLSyntax

/// Keeps an empty ledger from starting at the first file where another schema has a ledger of this tool that knows the files.
///
/// Several programs may share a database, each with a ledger of its own, so it is the files that count and not that there is
/// another ledger. And the same files may be meant to make the tables of another tenant: then what they make is not to be seen
/// from here.
struct OtherSchemaGuard {
    private let migrations: [Migration]
    private let schema: ControlSchema

    init(_ migrations: [Migration], schema: ControlSchema) {
        (self.migrations, self.schema) = (migrations, schema)
    }

    /// `AdoptionError.keptElsewhere` where these files were applied here.
    /// - Parameter tables: all of this tool that are here.
    /// - Throws: `PostgresError`.
    func find(among tables: ControlTables, on connection: Connection) throws -> AdoptionError? {
        guard !migrations.isEmpty else { return nil }
        for other in tables.schemas(with: "migration", besides: schema) {
            let known = try known(to: other, on: connection)
            guard !known.isEmpty, try isVisible(known, on: connection) else { continue }
            return .keptElsewhere(schema: other.name, count: known.count)
        }
        return nil
    }

    /// Those that another ledger has with the text of their files.
    private func known(to other: ControlSchema, on connection: Connection) throws -> [Migration] {
        let texts: [String: (checksum: String, normalized: String)]
        do {
            let found = try connection.rows(
                AdoptionStatements.rows(about: migrations.map(\.identity), in: other)
            )
            let rows = try found.map { try $0.decode(String.self, String.self, String.self) }
            texts = Dictionary(rows.map { ($0.0, ($0.1, $0.2)) }) { first, _ in first }
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
            // A ledger that this role may not read is not its own.
            return []
        }
        return migrations.filter { migration in
            guard let (checksum, normalized) = texts[migration.identity.description] else { return false }
            return checksum == migration.checksum
                || !migration.up.statements.isEmpty && normalized == migration.normalizedChecksum
        }
    }

    /// Whether something that they make is here. Of files that make nothing by name nobody can tell.
    private func isVisible(_ migrations: [Migration], on connection: Connection) throws -> Bool {
        let made = migrations.flatMap { migration in
            ScriptNames(migration.up.statements, in: migration.up.source.bytes).created.compactMap(
                \.relationName
            )
        }
        return try made.isEmpty || connection.queryOne(AdoptionStatements.seesAny(of: made), as: Bool.self)
    }
}

extension ScriptNames.Object {
    /// The name of a relation as SQL writes it.
    fileprivate var relationName: String? {
        guard family == .relation else { return nil }
        return (schema.map { Identifier($0, name) } ?? Identifier(name)).quoted
    }
}
