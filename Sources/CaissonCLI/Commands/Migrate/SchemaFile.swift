import Foundation
import Migrations

/// The file of a dump, or a standard stream.
struct SchemaFile {
    /// `-` is the stream.
    let path: String

    var isStream: Bool { path == "-" }

    /// - Throws: `SchemaDumpError`.
    func read() throws -> SchemaDump {
        if isStream {
            let data = try FileHandle.standardInput.readToEnd() ?? Data()
            return try SchemaDump(path: "standard input", bytes: Array(data))
        }
        guard FileManager.default.fileExists(atPath: path) else { throw SchemaDumpError.missing(path: path) }
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw SchemaDumpError.unreadable(path: path, reason: error.localizedDescription)
        }
        return try SchemaDump(path: path, bytes: Array(data))
    }

    /// - Returns: false when the file had this text already.
    /// - Throws: `SchemaDumpError.notWritten`.
    func write(_ dump: SchemaDump) throws -> Bool {
        do {
            return try OutputFile(path: path).write(dump.source.bytes)
        } catch {
            throw SchemaDumpError.notWritten(path: path, reason: error.description)
        }
    }
}
