import Foundation

/// A Unix stream socket with blocking calls; no call raises SIGPIPE.
struct StreamSocket: Sendable {
    private let descriptor: Int32

    #if canImport(Darwin)
        private static let stream = SOCK_STREAM
        private static let sendFlags: Int32 = 0
    #else
        private static let stream = Int32(SOCK_STREAM.rawValue)
        private static let sendFlags = Int32(MSG_NOSIGNAL)
    #endif

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        // Programs that tests start must not keep a connection open that the proxy has closed.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        #if canImport(Darwin)
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
        #endif
    }

    static func listening(at path: String) throws -> StreamSocket {
        let socket = try new()
        try socket.with(path, "bind") { bind(socket.descriptor, $0, $1) }
        guard listen(socket.descriptor, 64) == 0 else { throw SocketError("listen", path) }
        return socket
    }

    static func connected(to path: String) throws -> StreamSocket {
        let socket = try new()
        try socket.with(path, "connect") { connect(socket.descriptor, $0, $1) }
        return socket
    }

    private static func new() throws -> StreamSocket {
        let descriptor = socket(AF_UNIX, stream, 0)
        guard descriptor >= 0 else { throw SocketError("create a socket", "") }
        return StreamSocket(descriptor: descriptor)
    }

    func awaitInput(milliseconds: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, milliseconds) == 1
    }

    func accept() -> StreamSocket? {
        let accepted = Foundation.accept(descriptor, nil, nil)
        return accepted < 0 ? nil : StreamSocket(descriptor: accepted)
    }

    /// What has come, or nil at the end.
    func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    /// Writes all of it, or says that the other side is gone.
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Self.sendFlags) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    func shutdown() { _ = Foundation.shutdown(descriptor, Int32(SHUT_RDWR)) }

    func close() { _ = Foundation.close(descriptor) }

    private func with(
        _ path: String,
        _ action: String,
        _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        precondition(bytes.count < MemoryLayout.size(ofValue: address.sun_path), "the path is too long")
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let answer = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard answer == 0 else {
            let error = SocketError(action, path)
            close()
            throw error
        }
    }
}

struct SocketError: Error, CustomStringConvertible {
    let description: String

    init(_ action: String, _ path: String) {
        description = "\(action) \(path): \(String(cString: strerror(errno)))"
    }
}
