import Foundation
import Postgres

/// All backfills that can be run: the `.sql` files of a folder and the compiled Swift types.
public struct BackfillDirectory: Sendable {
    /// The definitions, by name in order.
    public let backfills: [Backfill]
    /// The folder they were read from.
    public let path: String

    /// Reads the folder and adds the compiled ones.
    ///
    /// A folder that does not exist is an error only when nothing is compiled in either.
    ///
    /// - Throws: ``BackfillError`` for a malformed file, or for a name that is given twice.
    public init(path: String, compiled: [any RowBackfill] = []) throws(BackfillError) {
        self.path = path
        var found: [(backfill: Backfill, origin: String)] = []
        for type in compiled {
            found.append((try type.definition(), "\(Swift.type(of: type))"))
        }
        for file in try Self.files(in: path, required: compiled.isEmpty) {
            found.append((try Self.read(file), file))
        }
        found.sort { $0.backfill.name < $1.backfill.name }
        for (first, second) in zip(found, found.dropFirst()) where first.backfill.name == second.backfill.name
        {
            throw .duplicateName(first.backfill.name, first: first.origin, second: second.origin)
        }
        backfills = found.map(\.backfill)
    }

    /// The backfill of a name.
    ///
    /// - Throws: ``BackfillError/unknownName(_:nearest:known:)`` with the names that may have been meant.
    public func backfill(named name: String) throws(BackfillError) -> Backfill {
        if let backfill = backfills.first(where: { $0.name == name }) { return backfill }
        let known = backfills.map(\.name)
        throw .unknownName(name, nearest: NearestNames.of(name, in: known), known: known)
    }

    private static func files(in path: String, required: Bool) throws(BackfillError) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            if required { throw .folderMissing(path) }
            return []
        }
        return names.filter { $0.hasSuffix(".sql") && !$0.hasPrefix(".") }.sorted().map { "\(path)/\($0)" }
    }

    private static func read(_ file: String) throws(BackfillError) -> Backfill {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw .malformedFile(path: file, line: 1, reason: "the file cannot be read")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw .malformedFile(path: file, line: 1, reason: "the file is not UTF-8 text")
        }
        return try BackfillFile(path: file, text: text).backfill()
    }
}
