#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The user the server runs as when we are root, which PostgreSQL refuses to be.
struct ServerUser: Equatable, Sendable {
    let name: String
    let userID: uid_t
    let groupID: gid_t

    /// `nil` for everybody but root: then the server runs as who we are.
    static func forServer() throws(LocalServerError) -> ServerUser? {
        guard geteuid() == 0 else { return nil }
        for name in ["postgres", "_postgres", "nobody"] {
            if let user = named(name) { return user }
        }
        throw .noUserForServer
    }

    private static func named(_ name: String) -> ServerUser? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var strings = [CChar](repeating: 0, count: 4096)
        guard getpwnam_r(name, &entry, &strings, strings.count, &found) == 0, found != nil, entry.pw_uid != 0
        else { return nil }
        return ServerUser(name: name, userID: entry.pw_uid, groupID: entry.pw_gid)
    }
}
