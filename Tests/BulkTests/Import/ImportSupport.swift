import Bulk
import Foundation
import Postgres

/// Writes a file, hands its path to the body and removes it.
func withFile<Result>(_ bytes: [UInt8], _ body: (ImportSource) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.path + "/caisson-import-\(UUID().uuidString).csv"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(.file(path))
}

extension Connection {
    /// Imports a text as a file.
    @discardableResult
    func load(
        _ text: String,
        into table: String,
        _ change: (inout FileImport) -> Void = { _ in }
    ) throws -> ImportResult {
        try load(Array(text.utf8), into: table, change)
    }

    @discardableResult
    func load(
        _ bytes: [UInt8],
        into table: String,
        _ change: (inout FileImport) -> Void = { _ in }
    ) throws -> ImportResult {
        try withFile(bytes) { source in
            var load = FileImport(source, into: table)
            change(&load)
            return try load.run(on: self)
        }
    }
}
