import Bulk
import Foundation
import Imports
import Postgres
import TestSupport

/// Reads files in one database: `ours` by an import, `theirs` by the server's COPY, which is what `\copy` of psql sends the
/// bytes to.
final class FileBench {
    private let connection: Connection
    let folder: String

    init(_ database: TestDatabase) throws {
        connection = try database.connection()
        folder = NSTemporaryDirectory() + "caisson-files-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for count in 1...FileDialect.names.count {
            let columns = FileDialect.names.prefix(count).map { "\(identifier: $0) text" as SQL }
            for table in ["ours", "theirs"] {
                try connection.execute(
                    """
                    CREATE TABLE \(identifier: "\(table)_\(count)"
                    ) (n int GENERATED ALWAYS AS IDENTITY, \(columns.joined(separator: ", ")))
                    """
                )
            }
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ trial: FileTrial) -> String { folder + "/\(trial.seed).csv" }

    // MARK: Ours

    /// Imports a file.
    func imported(_ trial: FileTrial) throws -> FileOutcome {
        let table = "ours_\(trial.file.dialect.columns.count)"
        try connection.execute("DELETE FROM \(identifier: table)")
        var load = FileImport(.file(path(trial)), into: table)
        (load.csv, load.null) = (trial.file.dialect.format, trial.file.dialect.null)
        if load.csv.header == .absent { load.columns = trial.file.dialect.columns }
        do {
            var leftOut: Int?
            switch trial.way {
            case .atOnce: _ = try load.run(on: connection)
            case .inChunks: _ = try runInChunks(load, .restart)
            case .leavingOut: leftOut = try runInChunks(load, .restart, leavingOut: 1)
            case .grown(let size):
                let url = URL(fileURLWithPath: path(trial))
                try Data(trial.file.bytes.prefix(size)).write(to: url)
                _ = try runInChunks(load, .restart)
                try Data(trial.file.bytes).write(to: url)
                _ = try runInChunks(load, .continue)
            }
            return .rows(try rows(of: table, trial), leftOut: leftOut)
        } catch ImportRunError.stopped(let cause as ImportError, _, _) {
            return Self.refusal(cause)
        } catch let error as ImportError {
            return Self.refusal(error)
        }
    }

    private func runInChunks(
        _ load: FileImport,
        _ start: ResumableImport.Start,
        leavingOut most: Int = 0
    ) throws -> Int? {
        var resumable = ResumableImport(load)
        (resumable.chunkSize, resumable.start, resumable.maxSkipped) = (1, start, most)
        var line: Int?
        _ = try resumable.run(on: connection) { if case .skipped(let row) = $0 { line = row.line } }
        return line
    }

    private static func refusal(_ error: ImportError) -> FileOutcome {
        switch error {
        case .malformed(_, let cause):
            .refused(String("\(cause.problem)".prefix { $0 != "(" }), line: cause.line)
        default: .refused(Mirror(reflecting: error).children.first?.label ?? "\(error)", line: nil)
        }
    }

    // MARK: Theirs

    /// Has the server read bytes.
    func copied(_ bytes: [UInt8], _ trial: FileTrial) throws -> FileOutcome {
        let table = "theirs_\(trial.file.dialect.columns.count)"
        try connection.execute("DELETE FROM \(identifier: table)")
        do {
            _ = try connection.copyIn(Self.copy(trial, into: table)) { copy in
                try bytes.withUnsafeBytes { bytes in
                    for start in stride(from: 0, to: bytes.count, by: 1 << 16) {
                        let piece = bytes[start..<min(start + 1 << 16, bytes.count)]
                        copy.buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece))
                        try copy.flushIfFull()
                    }
                }
            }
            return .rows(try rows(of: table, trial), leftOut: nil)
        } catch PostgresError.server(let refusal) {
            return .refused(refusal.message, line: nil)
        }
    }

    private static func copy(_ trial: FileTrial, into table: String) -> SQL {
        let dialect = trial.file.dialect
        let columns = dialect.columns.map { "\(identifier: $0)" as SQL }.joined(separator: ", ")
        let quote = dialect.format.quote ?? 2
        var options = [
            "FORMAT csv", "DELIMITER \(literal(dialect.format.delimiter))", "QUOTE \(literal(quote))",
            "ESCAPE \(literal(dialect.format.escape ?? quote))",
        ]
        // Names are looked at where one is wrong.
        let header = trial.file.mistake == .unknownColumn ? "MATCH" : "true"
        if dialect.format.header == .present { options.append("HEADER \(header)") }
        switch dialect.null {
        case .emptyBareField, .emptyField: options.append("NULL ''")
        case .token(let token): options.append("NULL '\(token)'")
        case .anyOf: options.append("NULL '\(String(decoding: RandomField.oneNull, as: UTF8.self))'")
        }
        let forced: SQL = dialect.null == .emptyField ? ", FORCE_NULL (\(columns))" : ""
        return """
            COPY \(identifier: table) (\(columns)) FROM STDIN WITH (\(unsafe: options.joined(separator: ", "))\(forced))
            """
    }

    private static func literal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return "E'\\x\(digits.count == 1 ? "0" : "")\(digits)'"
    }

    private func rows(of table: String, _ trial: FileTrial) throws -> [FileRow] {
        let columns = trial.file.dialect.columns.map { "\(identifier: $0)" as SQL }.joined(separator: ", ")
        let found = try connection.rows("SELECT \(columns) FROM \(identifier: table) ORDER BY n")
        return try found.map { row in
            FileRow(try (0..<row.count).map { try row.value(String?.self, at: $0).map { Array($0.utf8) } })
        }
    }
}
