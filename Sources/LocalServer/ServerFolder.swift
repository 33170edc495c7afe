import Foundation

/// The files of one server: `data/`, `server.log`, `lock` and the socket, all in a folder closed to others.
struct ServerFolder: Sendable {
    let path: String
    let port: UInt16

    var data: String { path + "/data" }
    var log: String { path + "/server.log" }
    var lock: String { path + "/lock" }
    var socket: String { "\(path)/.s.PGSQL.\(port)" }
    var postmasterFile: String { data + "/postmaster.pid" }

    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// A data folder is only ever seen complete: it is built aside and renamed.
    var isInitialised: Bool { majorVersion != nil }

    /// The PostgreSQL version that made the data folder, for example `17`.
    var majorVersion: String? {
        read(data + "/PG_VERSION")?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

// MARK: - The running server

extension ServerFolder {
    /// The lines of `postmaster.pid`: process id, data folder, start time, port, socket folder, address, shared
    /// memory, state.
    private var postmasterLines: [String] {
        (read(postmasterFile) ?? "").split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    var postmasterID: Int32? { postmasterLines.first.flatMap { Int32($0) } }

    var isReady: Bool { postmasterLines.count > 7 && postmasterLines[7] == "ready" && acceptsConnections }

    /// Asks the socket, because a file with a process id outlives its process and the id may be another's by now.
    var acceptsConnections: Bool { UnixSocket.isListening(at: socket) }

    /// Removes the pid file of a server that is gone when its id now belongs to some other program (after a
    /// restart of the machine, say): PostgreSQL itself would refuse to start beside a process with that id.
    func clearLeftovers() throws(LocalServerError) {
        guard let pid = postmasterID, kill(pid, 0) == 0, !acceptsConnections else { return }
        guard let program = ProcessName.of(pid), !program.hasPrefix("postgres") else { return }
        for leftover in [postmasterFile, socket + ".lock", socket] {
            guard unlink(leftover) == 0 || errno == ENOENT else {
                throw .system("remove", leftover, code: errno)
            }
        }
    }
}

// MARK: - The log

extension ServerFolder {
    var logSize: UInt64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: log)
        return (attributes?[.size] as? UInt64) ?? 0
    }

    /// The last lines of what the server wrote after the given position: enough to see why it did not start.
    func logTail(from start: UInt64 = 0, lines: Int = 15) -> String {
        guard let file = FileHandle(forReadingAtPath: log) else { return "" }
        defer { try? file.close() }
        let from = max(start, logSize > 32_768 ? logSize - 32_768 : 0)
        guard (try? file.seek(toOffset: from)) != nil, let bytes = try? file.readToEnd() else { return "" }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }
}

// MARK: - Files

extension ServerFolder {
    private static let partialPrefix = "data.partial-"

    /// A new name each time: an initdb whose caller was killed may still be writing to the last one.
    func newPartialData() -> String {
        "\(path)/\(Self.partialPrefix)\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    }

    func deletePartialData() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        where name.hasPrefix(Self.partialPrefix) {
            discard("\(path)/\(name)")
        }
    }

    func adopt(_ partial: String) throws(LocalServerError) {
        guard rename(partial, data) == 0 else { throw .system("rename", partial, code: errno) }
    }

    /// Deletes what may be left behind without harm.
    func discard(_ file: String) {
        try? FileManager.default.removeItem(atPath: file)
    }

    func delete() throws(LocalServerError) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw .folderNotDeleted(folder: path, reason: error.localizedDescription)
        }
    }

    /// Writes a new file that only the server's user can read.
    func write(_ text: String, to file: String, for user: ServerUser?) throws(LocalServerError) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system("create", file, code: errno) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard (try? handle.write(contentsOf: Data(text.utf8))) != nil else {
            throw .system("write", file, code: errno)
        }
        if let user, fchown(descriptor, user.userID, user.groupID) != 0 {
            throw .system("give the server's user", file, code: errno)
        }
    }

    private func read(_ file: String) -> String? {
        try? String(contentsOfFile: file, encoding: .utf8)
    }
}
