import Foundation
import LocalServer
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
    ///
    /// However many files there are, git is started twice.
    func migrations(at commit: String) throws -> [Migration] {
        let files = try run("ls-tree", "-r", "-z", commit, "--", ".").split(separator: 0).compactMap(
            GitEntry.init
        )
        guard !files.isEmpty else { return [] }
        let copy = FileManager.default.temporaryDirectory.path + "/caisson-check-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for (file, content) in zip(files, try contents(of: files, listIn: copy + "/.objects")) {
            let target = URL(fileURLWithPath: "\(copy)/\(file.path)")
            let folder = target.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try content.write(to: target)
        }
        return try read(copy)
    }

    /// The contents of files in their order. git reads the list from a file, so nobody has to write and read at a time.
    private func contents(of files: [GitEntry], listIn list: String) throws -> [Data] {
        try Data(files.map { $0.object + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: list))
        defer { try? FileManager.default.removeItem(atPath: list) }
        let input = try FileHandle(forReadingFrom: URL(fileURLWithPath: list))
        var rest = try run(["cat-file", "--batch"], input: input)
        return try files.map { file in
            guard let content = file.take(from: &rest) else {
                throw GitError.failed("git cat-file --batch", "\(file.path) is not in its answer")
            }
            return content
        }
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

    private func run(
        _ arguments: [String],
        input: FileHandle = .nullDevice
    ) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", path] + arguments
        process.environment = ProgramEnvironment.withoutSecrets(ProcessInfo.processInfo.environment)
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = input
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

/// A file of a commit.
private struct GitEntry {
    /// Below the folder.
    let path: String
    /// The name of its content.
    let object: String

    /// Reads `mode type object<TAB>path`; nil for what has no content here, such as a submodule.
    init?(_ line: Data) {
        guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { return nil }
        let words = String(decoding: line[..<tab], as: UTF8.self).split(separator: " ")
        guard words.count == 3, words[1] == "blob" else { return nil }
        object = String(words[2])
        path = String(decoding: line[(tab + 1)...], as: UTF8.self)
    }

    /// Takes its content off what `git cat-file --batch` has written: a line `object type size`, the bytes, a line end.
    func take(from output: inout Data) -> Data? {
        guard let lineEnd = output.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let words = String(decoding: output[..<lineEnd], as: UTF8.self).split(separator: " ")
        guard words.count == 3, words[0] == object, let size = Int(words[2]),
            output.endIndex - lineEnd > size + 1
        else { return nil }
        defer { output = output[(lineEnd + size + 2)...] }
        return Data(output[lineEnd + 1..<lineEnd + 1 + size])
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
