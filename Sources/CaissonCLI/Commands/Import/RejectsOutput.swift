import Bulk
import Foundation
import Imports
import Postgres

/// The file of `--rejects`: made anew from what the database keeps, whenever an import ends.
///
/// A file that is there already is only replaced when it is the beginning of what would be written: this import has written it,
/// and nobody has corrected anything in it yet.
struct RejectsOutput: Sendable {
    let path: String
    let resumable: ResumableImport

    /// Makes sure before the import that the file may be written.
    ///
    /// - Throws: ``Refused``.
    func check(_ session: Session) async throws {
        guard let existing else { return }
        guard resumable.start == .resume, resumable.load.source != .standardInput,
            let content = try await content(nil, session), content.starts(with: existing)
        else { throw Refused.exists(path) }
    }

    /// Writes the rows that the import has left out so far.
    ///
    /// - Parameter columns: those of the file, where they are known already.
    func write(_ columns: [String]?, _ session: Session, _ console: Console) async throws {
        guard let content = try await content(columns, session) else { return }
        if let existing, !content.starts(with: existing) { throw Refused.exists(path) }
        do {
            _ = try OutputFile(path: path).write(content)
        } catch {
            throw Refused.unwritable(path, reason: "\(error)")
        }
        console.say(
            "the rows that were left out are in \(path); correct them there and import it like any other file\(exceptions)"
        )
    }

    /// The options that were about the file and are not about this one.
    private var exceptions: String {
        let load = resumable.load
        let options = [
            load.encoding == nil ? nil : "--encoding",
            load.csv.linesBefore + load.text.linesBefore == 0 ? nil : "--skip-lines",
        ].compactMap(\.self)
        return options.isEmpty ? "" : ", without \(options.joined(separator: " and "))"
    }

    private var existing: Data? { FileManager.default.contents(atPath: path) }

    /// `nil` when nothing was left out.
    private func content(_ columns: [String]?, _ session: Session) async throws -> [UInt8]? {
        let resumable = resumable
        guard let (origin, rows) = try await session.withConnection({ try resumable.rejectedRows(on: $0) })
        else {
            return nil
        }
        let names = try columns ?? resumable.load.fileColumns()
        return RejectsFile(of: resumable.load, columns: names, from: origin).bytes(rows)
    }

    /// Why the file is not written.
    enum Refused: Error, CustomStringConvertible {
        case exists(String)
        case unwritable(String, reason: String)

        var description: String {
            switch self {
            case .exists(let path):
                "\(path) is there already, and is not what this import has written to it. Name another file, or move it away."
            case .unwritable(let path, let reason):
                "The rows that were left out cannot be written to \(path): \(reason). They are in the database: --skipped lists them."
            }
        }
    }
}
