import Backfills
public import Bulk
public import Control
import Foundation
public import Postgres

/// An import that goes on where it stopped, whatever ended it.
///
/// The file is stored in chunks. Each commits together with the place in the file that it reaches, so after `kill -9`, a
/// lost connection or a bad line the same import goes on behind the last chunk: no row is missed, none is stored twice.
/// A small file is one chunk, and so all or nothing. What cannot be read again from the middle (a pipe) and tables with
/// a foreign key to themselves are imported in one transaction; rows of a pipe can be left out all the same.
///
/// This is a module above `Bulk`, which knows no control tables, and `Backfills`, whose table of rows that were left out
/// it shares. It shares no more: an import walks no table, so ranges, leases and key orders mean nothing to it; its
/// whole state is one place in one file.
///
/// ```swift
/// var resumable = ResumableImport(FileImport(.file("cities.csv.gz"), into: "city"))
/// resumable.maxSkipped = 10
/// let end = try await resumable.run(over: session) { event in … }
/// ```
public struct ResumableImport: Sendable {
    /// The file, the table and the columns.
    public var load: FileImport
    /// How many rows may be left out because they cannot be read or are refused. Default: none, the first one stops the
    /// import.
    public var maxSkipped = 0
    /// The bytes of the file that a chunk takes, at least. Default: 4 MiB.
    public var chunkSize = 4 << 20
    /// What to do about an earlier import of the same file into the same table.
    public var start = Start.resume
    /// The schema of the control tables.
    public var schema = ControlSchema()

    /// What to do about an earlier import.
    public enum Start: Hashable, Sendable {
        /// Go on with one that stopped; do nothing after one that completed.
        case resume
        /// Begin at the first row. Rows of the earlier import stay in the table.
        case restart
    }

    /// How an import ended.
    public enum End: Sendable {
        /// All of the file is settled. The counts are those of all attempts together.
        case imported(ImportResult)
        /// It was already, by an earlier import of the same file; nothing was done.
        case alreadyImported(ImportRun)
    }

    /// Describes an import; what is not set keeps its default.
    public init(_ load: FileImport) {
        self.load = load
    }

    /// The rows that the latest import of this file into this table left out, in the order of the file.
    ///
    /// - Throws: `TargetError`, `ControlError`, `PostgresError`.
    public func skippedRows(on connection: Connection) throws -> [SkippedLine] {
        guard try schema.standing(of: .imports, on: connection) != .absent else { return [] }
        try installTables(on: connection)
        let statements = ImportRunStatements(schema: schema)
        return try connection.rows(statements.skipped(file: path, target: target(on: connection))).map {
            row in
            let (line, text, state, reason) = try row.decode(Int.self, String.self, String?.self, String.self)
            return SkippedLine(line: line, text: text, sqlState: state, reason: reason)
        }
    }

    func installTables(on connection: Connection) throws {
        do {
            for tables in [Component.backfills, .imports] { try schema.install(tables, on: connection) }
        } catch let error as ControlError {
            throw ImportRunError.noControlTables(error)
        }
    }

    func target(on connection: Connection) throws -> String {
        try load.targetTable(on: connection).name.description
    }

    /// The path without symbolic links and dots: the same file by whatever name it is called.
    var path: String {
        guard case .file(let path) = load.source else { return load.source.description }
        return URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }
}
