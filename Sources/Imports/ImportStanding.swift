public import Control
public import Postgres

/// An import as the control tables tell it, for people who want to know what was imported, and what is not finished.
public struct ImportStanding: Hashable, Sendable {
    /// Its number.
    public let id: Int64
    /// The file, as it was named.
    public let file: String
    /// The table.
    public let target: String
    /// Whether more of the file is to come.
    public let state: ImportRun.State
    /// The rows of the file that are settled, those left out among them.
    public let rowsRead: Int
    /// The rows that came into the table or changed one in it.
    public let rowsStored: Int
    /// The rows that were left out and are not in the table yet.
    public let rowsUnsettled: Int
    /// The line that follows the settled ones.
    public let line: Int
    /// When it was begun, as the server writes it.
    public let createdAt: String
    /// When the last chunk was stored.
    public let updatedAt: String
    /// Who began it, and from where.
    public let by: String

    /// All imports that a control schema knows, the latest first, without those that somebody began anew. It writes nothing.
    ///
    /// - Throws: `ControlError`, `PostgresError`.
    public static func all(in schema: ControlSchema, on connection: Connection) throws -> [ImportStanding] {
        guard try schema.standing(of: .imports, on: connection) != .absent else { return [] }
        return try connection.rows(ImportRunStatements(schema: schema).standings).map { row in
            let (id, file, target, state) = try row.decode(Int64.self, String.self, String.self, String.self)
            let (read, stored, unsettled, line) = try row.decode(
                from: 4,
                Int.self,
                Int.self,
                Int.self,
                Int.self
            )
            let (created, updated, by) = try row.decode(from: 8, String.self, String.self, String.self)
            return ImportStanding(
                id: id,
                file: file,
                target: target,
                state: ImportRun.State(rawValue: state) ?? .abandoned,
                rowsRead: read,
                rowsStored: stored,
                rowsUnsettled: unsettled,
                line: line,
                createdAt: created,
                updatedAt: updated,
                by: by
            )
        }
    }
}
