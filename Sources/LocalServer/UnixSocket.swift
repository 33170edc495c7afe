#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

enum UnixSocket {
    /// Whether somebody takes connections at this path. Never blocks.
    static func isListening(at path: String) -> Bool {
        let descriptor = socket(AF_UNIX, streamSocket, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0, var address = address(of: path) else {
            return false
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let answer = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        // EAGAIN: somebody listens, and the queue is full.
        return answer == 0 || errno == EAGAIN || errno == EINPROGRESS
    }

    private static func address(of path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { target in
            guard bytes.count < target.count else { return false }
            target.copyBytes(from: bytes)
            return true
        }
        return fits ? address : nil
    }
}
