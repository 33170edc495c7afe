import Foundation
import Migrations

/// A folder in a git working tree, as earlier revisions had it.
struct GitFolder {
    let path: String
    /// How its files are written: here and, it is assumed, there.
    let layout: MigrationLayout

    /// The commit that a name stands for.
    /// - Throws: `GitError`.
    func resolve(_ name: String) throws -> String {
        do {
            return try line("rev-parse", "--verify", "--quiet", "--end-of-options", "\(name)^{commit}")
        } catch {
            guard (try? run("rev-parse", "--git-dir")) != nil else { throw error }
            throw GitError.unknownRevision(name)
        }
    }

    /// Where a commit and the one that is checked out parted; nil where that is not known, as in a shallow clone.
    func ancestor(of commit: String) -> String? { try? line("merge-base", commit, "HEAD") }

    /// The migrations of the folder as a commit has them; none when it does not have the folder.
    func migrations(at commit: String) throws -> [Migration] {
        let files = try run("ls-tree", "-r", "-z", "--name-only", commit, "--", ".")
            .split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard !files.isEmpty else { return [] }
        let copy = FileManager.default.temporaryDirectory.path + "/caisson-check-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: copy) }
        for file in files {
            let target = URL(fileURLWithPath: "\(copy)/\(file)")
            let folder = target.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try run("cat-file", "blob", "\(commit):./\(file)").write(to: target)
        }
        return try read(copy)
    }

    /// A revision may have the folder without any migration in it.
    private func read(_ folder: String) throws -> [Migration] {
        do {
            let directory = try MigrationDirectory(path: folder, layout: layout)
            return directory.migrations
        } catch {
            if case .empty = error { return [] }
            throw error
        }
    }

    private func line(_ arguments: String...) throws -> String {
        String(decoding: try run(arguments), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func run(_ arguments: String...) throws -> Data { try run(arguments) }

    private func run(_ arguments: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", path] + arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // What git writes to its error output is a few lines, so reading one after the other cannot block.
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw GitError.failed("git \(arguments.joined(separator: " "))", message)
        }
        return data
    }
}

/// The files of a revision cannot be read.
enum GitError: Error, CustomStringConvertible {
    /// There is no such revision here.
    case unknownRevision(String)
    /// A command of git failed; what it said.
    case failed(String, String)

    var description: String {
        switch self {
        case .unknownRevision(let name):
            """
            git knows no revision \(name) here
            Fetch it first, for instance: git fetch origin main    (in CI the checkout is often shallow); or name another: --base REF
            """
        case .failed(let command, let message):
            """
            \(command) failed: \(message.trimmingCharacters(in: .whitespacesAndNewlines))
            The folder of migrations must be in a git working tree, and git installed.
            """
        }
    }
}
