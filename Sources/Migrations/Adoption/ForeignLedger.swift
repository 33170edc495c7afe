import Control
import Foundation
import Postgres

/// The ledger of another tool, for reading.
struct ForeignLedger {
    let tool: MigrationTool
    let table: ForeignTable

    /// Finds the table and makes sure that it is what it is taken for.
    /// - Throws: `AdoptionError`, `IdentifierError` for a name that is none, `PostgresError`.
    init(_ request: AdoptionRequest, on connection: Connection) throws {
        tool = request.tool
        let (namespace, name) = try Self.find(request, on: connection)
        let columns = try connection.query(
            AdoptionStatements.columns(schema: namespace, table: name),
            as: String.self,
            String.self
        )
        var table = ForeignTable(
            schema: namespace,
            name: name,
            columns: Dictionary(columns) { first, _ in first }
        )
        table.isBesideRails = try connection.queryOne(
            AdoptionStatements.isBesideRails(namespace),
            as: Bool.self
        )
        self.table = table
        guard table.owner == .tool(tool) else { throw otherTool }
    }

    private static func find(
        _ request: AdoptionRequest,
        on connection: Connection
    ) throws -> (String, String) {
        let name = request.table ?? request.tool.usualTable
        let query =
            if let table = request.table {
                AdoptionStatements.table(try Identifier(parsing: table))
            } else {
                AdoptionStatements.tables(named: name)
            }
        let found = try connection.query(query, as: String.self, String.self, Bool.self)
        let visible = found.filter(\.2)
        let chosen = visible.isEmpty ? found : visible
        guard let first = chosen.first else { throw AdoptionError.noTable(request.tool, name: name) }
        guard chosen.count == 1 else {
            let names = chosen.map { "\(Identifier($0.0, $0.1))" }
            throw AdoptionError.severalTables(request.tool, names: names)
        }
        return (first.0, first.1)
    }

    private var otherTool: AdoptionError {
        let (found, advice) =
            switch table.owner {
            case .tool(let other):
                (
                    "\(other)",
                    "Take it over with: caisson migrate adopt --from \(other) --table \(table.identifier)"
                )
            case .rails:
                (
                    "Rails, whose migrations are Ruby programs",
                    "Leave what is there to Rails, and write what comes next as SQL files: caisson migrate new NAME"
                )
            case .unknown:
                (
                    "no tool that is known here (\(table.columns.keys.sorted().joined(separator: ", ")))",
                    "Name the right table: --table SCHEMA.NAME"
                )
            }
        return .otherTool(asked: tool, table: "\(table.identifier)", found: found, advice: advice)
    }

    /// What the ledger says, in order.
    /// - Throws: `AdoptionError.unreadableRow`, `PostgresError`.
    func records(on connection: Connection) throws -> [ForeignRecord] {
        let rows = try connection.query(
            AdoptionStatements.records(of: tool, in: table),
            as: String?.self,
            String?.self,
            Double?.self,
            Int64?.self,
            Bool.self,
            String.self,
            String.self
        ).map(ForeignRow.init)
        let version: (String) -> MigrationVersion? = { text in
            // sql-migrate keeps the names of its files.
            tool == .sqlMigrate ? MigrationFileName(text)?.version : MigrationVersion(text)
        }
        if tool == .flyway { return try FlywayHistory(rows, table: "\(table.identifier)").records }
        return try rows.map { row in
            guard let text = row.version, let version = version(text) else {
                throw AdoptionError.unreadableRow(
                    table: "\(table.identifier)",
                    version: row.version ?? "NULL"
                )
            }
            let checksum = row.checksum.map(ForeignRecord.Checksum.sqlx)
            return row.record(tool.knowsOnlyTheLast ? .upTo(version) : .version(version), checksum)
        }
    }
}

/// A row of another tool's ledger as `AdoptionStatements.records` gives it.
struct ForeignRow: Hashable, Sendable {
    var version: String?
    var checksum: String?
    var seconds: Double?
    var nanoseconds: Int64?
    var isFinished = true
    var type = ""
    var description = ""

    init(
        _ columns: (String?, String?, Double?, Int64?, Bool, String, String)
    ) {
        (version, checksum, seconds, nanoseconds, isFinished, type, description) = columns
    }

    func record(_ subject: ForeignRecord.Subject, _ checksum: ForeignRecord.Checksum?) -> ForeignRecord {
        ForeignRecord(
            subject: subject,
            checksum: checksum,
            appliedAt: seconds.map { Date(timeIntervalSince1970: $0) },
            duration: nanoseconds.map { .nanoseconds($0) },
            isFinished: isFinished
        )
    }
}
