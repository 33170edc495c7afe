#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One starter or stopper at a time in a server's folder, also between processes; the kernel frees it on death.
struct FolderLock: Sendable {
    private let descriptor: Int32

    static func take(_ path: String, within limit: Duration) async throws(LocalServerError) -> FolderLock {
        let deadline = ContinuousClock.now + limit
        while true {
            if let lock = try attempt(path) { return lock }
            guard ContinuousClock.now < deadline else { throw .busy(lock: path) }
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                throw .cancelled
            }
        }
    }

    func release() {
        close(descriptor)
    }

    private static func attempt(_ path: String) throws(LocalServerError) -> FolderLock? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system("open", path, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, isStill(path, descriptor) else {
            close(descriptor)
            return nil
        }
        return FolderLock(descriptor: descriptor)
    }

    /// The folder may have been deleted and made anew while the lock was being opened.
    private static func isStill(_ path: String, _ descriptor: Int32) -> Bool {
        var held = stat()
        var named = stat()
        return fstat(descriptor, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino
    }
}
