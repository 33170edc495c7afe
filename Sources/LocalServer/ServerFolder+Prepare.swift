import Foundation

extension ServerFolder {
    /// A socket's path fits into 104 bytes on macOS, 108 on Linux, with a zero at the end.
    private static let longestSocketPath = 103

    /// Creates the folder, closed to others and owned by the server's user, and refuses one that others control.
    func prepare(for user: ServerUser?) throws(LocalServerError) {
        try checkPath()
        try create(parent, mode: 0o755)
        try checkParent()
        if let user { try checkReachable(for: user) }
        let isNew = try create(path, mode: 0o700)
        let isOurs = if isNew { true } else { try isBeingPrepared }
        if isOurs, let user, lchown(path, user.userID, user.groupID) != 0 {
            throw .system("give the server's user", path, code: errno)
        }
        try checkOwn(user)
    }

    /// Whether the folder is still ours and empty: another process has made it in this moment, and what comes next in
    /// that process may as well be done here.
    private var isBeingPrepared: Bool {
        get throws(LocalServerError) {
            let found = try status(of: path, following: false)
            guard found.st_mode & S_IFMT == S_IFDIR, found.st_uid == geteuid() else { return false }
            return (try? FileManager.default.contentsOfDirectory(atPath: path).isEmpty) == true
        }
    }

    /// What can be said about the folder before it exists.
    func checkPath() throws(LocalServerError) {
        guard path.hasPrefix("/"), path.utf8.count > 1, !path.contains(where: { "\"\n\0".contains($0) })
        else {
            throw .unsafeFolder(
                folder: path,
                reason: "it must be an absolute path without quotes or line ends"
            )
        }
        guard socket.utf8.count <= Self.longestSocketPath else {
            throw .socketPathTooLong(path: socket, limit: Self.longestSocketPath)
        }
    }

    private var parent: String {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    @discardableResult
    private func create(_ directory: String, mode: mode_t) throws(LocalServerError) -> Bool {
        if mkdir(directory, mode) == 0 { return true }
        guard errno == EEXIST else { throw .system("create", directory, code: errno) }
        return false
    }

    /// `/var/tmp` belongs to all: somebody else could have made the folder, or a link in its place, before us.
    private func checkParent() throws(LocalServerError) {
        let trusted = [0, geteuid()]
        let link = try status(of: parent, following: false)
        let target = try status(of: parent, following: true)
        guard trusted.contains(link.st_uid), trusted.contains(target.st_uid) else {
            throw .unsafeFolder(folder: parent, reason: "it belongs to another user")
        }
        let isShared = target.st_mode & 0o022 != 0
        guard !isShared || target.st_mode & S_ISVTX != 0 else {
            throw .unsafeFolder(folder: parent, reason: "others may rename what is in it")
        }
    }

    private func checkReachable(for user: ServerUser) throws(LocalServerError) {
        var directory = ""
        for part in parent.split(separator: "/") {
            directory += "/" + part
            let found = try status(of: directory, following: true)
            let needed: mode_t = found.st_uid == user.userID ? S_IXUSR : S_IXOTH
            guard found.st_mode & needed != 0 else {
                throw .unreachable(folder: path, closed: directory, user: user.name)
            }
        }
    }

    private func checkOwn(_ user: ServerUser?) throws(LocalServerError) {
        let found = try status(of: path, following: false)
        guard found.st_mode & S_IFMT == S_IFDIR else {
            throw .unsafeFolder(folder: path, reason: "it is not a folder")
        }
        guard found.st_uid == user?.userID ?? geteuid() else {
            throw .unsafeFolder(folder: path, reason: "it belongs to another user")
        }
        guard found.st_mode & 0o077 == 0 else {
            throw .unsafeFolder(folder: path, reason: "others may enter it")
        }
    }

    private func status(of file: String, following: Bool) throws(LocalServerError) -> stat {
        var found = stat()
        let answer = following ? stat(file, &found) : lstat(file, &found)
        guard answer == 0 else { throw .system("look at", file, code: errno) }
        return found
    }
}
