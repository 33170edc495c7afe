import CLibPQ
import Foundation

extension Connection {
    /// What the socket may hold of a COPY that the server has not taken yet, in bytes.
    private static let copySendBuffer: Int32 = 1 << 20

    /// Lets a local server's socket hold more than the usual 208 KiB while data is sent to it.
    ///
    /// A local socket only counts as having room again when three quarters of it are empty; what is left then is worked
    /// off before the next block is there, and the server waits. Sockets to other hosts adapt by themselves, unless they
    /// are told a size.
    func widenLocalSocket(_ handle: OpaquePointer) {
        let socket = PQsocket(handle)
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isLocal = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(socket, $0, &length) == 0
            }
        }
        guard isLocal, Int32(address.ss_family) == AF_UNIX else { return }
        var size = Self.copySendBuffer
        setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
}
